import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import t from 'tap';
import { position } from '../../src/rules/rule.js';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { RulesPlace, rulesSkip } from '../helpers/rules-place.js';

const skip = rulesSkip();
const FOSTER = fileURLToPath(new URL('../helpers/foster.js', import.meta.url));
const ROOT = '/sys/fs/cgroup';

/** Owner, group and permissions. */
function access(...parts: readonly string[]): string {
  const { uid, gid, mode } = statSync(join(...parts));
  return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
}

t.test('a group that is not there is made as its template wants it', { skip }, async (t) => {
  const place = new RulesPlace(t);
  const { scope } = place;
  place.rules(`*:rt-made cpu,memory,pids ${scope}/of-%U/%U`);
  place.writeTemplates(
    `template ${scope}/of-%U/%U {`,
    '  perm {',
    '    task { uid = 61980; gid = 61981; fperm = 660; }',
    '    admin { uid = 61982; gid = 61983; dperm = 755; fperm = 777; }',
    '  }',
    '  cpu { cpu.shares = 512; cpu.no_such_file = 1; }',
    '  memory { memory.limit_in_bytes = 100M; }',
    '  nosuch { }',
    '}',
    `template ${scope}/of-%U { cpu { cpu.shares = 2048; } cpuacct { } }`,
    'template broken {',
  );
  await place.service(t);
  const pid = place.start(place.program('rt-made'), 61977);
  for (const controller of ['cpu', 'memory', 'pids']) await place.untilIn(pid, controller, 'of-61977/61977');

  const [cpu, memory, pids] = ['cpu', 'memory', 'pids'].map((one) =>
    join(ROOT, one, scope, 'of-61977', '61977'),
  );
  const number = (...path: readonly string[]) => Number(readFileSync(join(...path), 'utf8'));
  t.equal(number(cpu!, 'cpu.shares'), 512);
  t.equal(number(memory!, 'memory.limit_in_bytes'), 100 * 1024 * 1024);
  t.equal(number(cpu!, '..', 'cpu.shares'), 2048, 'the group above has a template of its own');
  t.ok(statSync(join(ROOT, 'cpuacct', scope, 'of-61977')), 'made for every controller of the template');
  t.equal(access(cpu!), '61982:61983 755');
  t.equal(access(cpu!, 'cpu.shares'), '61982:61983 666', 'nobody may do more than the owner could');
  t.equal(access(cpu!, 'cpu.stat'), '61982:61983 444');
  t.equal(access(cpu!, 'tasks'), '61980:61981 660');
  t.equal(access(pids!), '0:0 755', 'its controller is in no template');
  t.same(
    place.made
      .filter(({ template }) => template !== undefined)
      .map(({ directory, template }) => [directory.replace(`/${scope}`, ''), position(template!)]),
    [
      [`${ROOT}/cpu/of-61977`, `${place.templates}:10`],
      [`${ROOT}/cpuacct/of-61977`, `${place.templates}:10`],
      [`${ROOT}/cpu/of-61977/61977`, `${place.templates}:1`],
      [`${ROOT}/memory/of-61977/61977`, `${place.templates}:1`],
    ],
  );
  const said = place.said.map((text) => text.replace(place.templates, 'cgconfig'));
  t.ok(said.includes('cgconfig:11: expected "}", found the end of the file'), 'the others are kept');
  t.ok(said.includes('cgconfig:1: the controller nosuch is not there'));
  t.ok(said.some((text) => /^cgconfig:6: set cpu\.no_such_file of the cgroup .*ENOENT/.test(text)));
});

t.test(
  'templates are read again when they change; a group that is there stays as it is',
  { skip },
  async (t) => {
    const place = new RulesPlace(t);
    const { scope } = place;
    const shares = (name: string) =>
      Number(readFileSync(join(ROOT, 'cpu', scope, name, 'cpu.shares'), 'utf8'));
    place.rules(`*:rt-again cpu ${scope}/%U`);
    place.writeTemplates(`template ${scope}/%U { cpu { cpu.shares = 200; } }`);
    mkdirSync(join(ROOT, 'cpu', scope, '61978'), { recursive: true });
    const service = await place.service(t);
    const program = place.program('rt-again');
    const [first, old] = [place.start(program, 61977), place.start(program, 61978)];
    await place.untilIn(first, 'cpu', '61977');
    await place.untilIn(old, 'cpu', '61978');
    t.same([shares('61977'), shares('61978')], [200, 1024]);
    place.writeTemplates(`template ${scope}/%U { cpu { cpu.shares = 300; } }`);
    await service.reload();
    const next = place.start(program, 61979);
    await place.untilIn(next, 'cpu', '61979');
    t.same([shares('61977'), shares('61979')], [200, 300]);
  },
);

t.test('a dry run and an explanation say what would be made, and make nothing', { skip }, async (t) => {
  const place = new RulesPlace(t);
  const { scope } = place;
  place.rules(`*:rt-would cpu ${scope}/%U`);
  place.writeTemplates(`template ${scope}/%U { cpu { cpu.shares = 200; } }`);
  const pid = place.start(place.program('rt-would'));
  place.start(place.program('rt-would'));
  const files = ['--config', place.config, '--templates', place.templates];
  const cli = (...args: readonly string[]) =>
    outcomeOf(
      spawnChild(process.execPath, [FOSTER, 'rules', ...args, ...files], {
        env: plainEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  const group = `${ROOT}/cpu/${scope}/0`;
  const dry = await cli('--once', '--dry-run', '--sticky-socket', 'none');
  t.equal(dry.status, 0);
  t.match(dry.err, /1 rule and 1 template in force/);
  t.same(
    dry.out.split('\n').filter((line) => line.startsWith(`make: group=${group}`)),
    [`make: group=${group} template=${place.templates}:1`],
    'once, however many processes are to be in it',
  );
  t.match(dry.out, new RegExp(`^move: pid=${pid} .* to=${group}$`, 'm'));
  const explained = await cli('explain', String(pid));
  t.match(explained.out, `${group} is not there: it will be made by the template at ${place.templates}:1`);
  const json = JSON.parse((await cli('explain', String(pid), '--json')).out) as { readonly toMake: unknown };
  t.same(json.toMake, [
    { group: `${ROOT}/cpu/${scope}`, template: null },
    { group, template: `${place.templates}:1` },
  ]);
  t.throws(() => statSync(group), { code: 'ENOENT' });
});

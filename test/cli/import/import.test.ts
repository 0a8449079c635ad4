/** foster import on a disk: what is written, what is not, what is said; configurations that are programs. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type Test } from 'tap';
import { runConfig } from '../../../src/cli/import/run-config.js';
import { runFoster } from '../run-foster.js';
import type { Printed } from '../captured.js';

function scratch(t: Test, files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-import-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

function run(...args: readonly string[]): Promise<Printed> {
  return runFoster({ path: '/nonexistent/foster.sock' }, args);
}

const UNIT = '[Service]\nExecStart=/bin/web\nEnvironment=PASSWORD=x\nProtectHome=yes\n';

test('job files are written once, and none over another', async (t) => {
  const directory = scratch(t, { 'web.service': UNIT });
  const out = join(directory, 'out');
  const first = await run('import', join(directory, 'web.service'), '--output', out);
  t.equal(first.status, 0);
  t.match(first.out, /kept +.*ExecStart/);
  t.match(first.out, /DROPPED +ProtectHome=yes: .*; instead: /);
  t.match(first.out, /WARNING: .*fewer restrictions than before/);
  const file = join(out, 'web.ini');
  t.match(readFileSync(file, 'utf8'), /^exec = \/bin\/web$/m);
  t.equal(statSync(file).mode & 0o777, 0o600, 'variables may be secrets');
  writeFileSync(file, 'exec = mine\n');
  const second = await run('import', join(directory, 'web.service'), '--output', out);
  t.equal(second.status, 1);
  t.match(second.err, /nothing was written, since these files exist: .*web\.ini/);
  t.equal(readFileSync(file, 'utf8'), 'exec = mine\n');
  t.end();
});

test('--dry-run writes nothing and shows the files; --json is for programs', async (t) => {
  const directory = scratch(t, { 'web.service': UNIT });
  const out = join(directory, 'out');
  const dry = await run('import', join(directory, 'web.service'), '--output', out, '--dry-run');
  t.match(dry.out, /==> web\.ini <==\n(?:.*\n)*exec = \/bin\/web\n/);
  t.notOk(existsSync(out));
  const json = await run('import', join(directory, 'web.service'), '--output', out, '--dry-run', '--json');
  const result = JSON.parse(json.out) as {
    counts: object;
    jobs: { name: string; kind: string; text: string }[];
    written: boolean;
  };
  t.match(result, {
    written: false,
    counts: { dropped: 1 },
    jobs: [{ name: 'web', kind: 'systemd', text: /exec = \/bin\/web/ }],
  });
  t.end();
});

test('what it is, is told from names and contents', async (t) => {
  const directory = scratch(t, {
    Procfile: 'web: run\n',
    'compose.yaml': 'services: {c: {command: run}}\n',
    'ecosystem.json': '{"apps":[{"name":"p","script":"x.js"}]}',
    'supervisord.conf': '[program:s]\ncommand=/bin/s\n',
    'README.md': 'text',
  });
  const { out, status } = await run('import', directory, '--json', '--dry-run');
  t.equal(status, 0);
  const { jobs } = JSON.parse(out) as { jobs: { name: string; kind: string }[] };
  t.same(Object.fromEntries(jobs.map(({ name, kind }) => [name, kind])), {
    web: 'procfile',
    c: 'compose',
    p: 'pm2',
    s: 'supervisord',
  });
  const unknown = await run('import', join(directory, 'README.md'), join(directory, 'gone'));
  t.equal(unknown.status, 1);
  t.match(unknown.err, /README\.md: is of an unknown kind: give it with `--from KIND`/);
  t.match(unknown.err, /gone: is not there/);
  t.end();
});

test('what makes no job is reported, and the status is 1', async (t) => {
  const directory = scratch(t, {
    'listener.conf': '[eventlistener:echo]\ncommand=echo\nevents=TICK_5\n',
    'all/type': 'bundle\n',
    'all/contents.d/web': '',
    Procfile: '# nothing yet\n',
  });
  const { status, err } = await run(
    'import',
    ...['listener.conf', 'all', 'Procfile'].map((name) => join(directory, name)),
    '--dry-run',
  );
  t.equal(status, 1);
  t.match(err, /listener\.conf: has no service that foster can import/);
  t.match(err, /all: is a bundle of s6-rc: import it together with its services \(web\)/);
  t.match(err, /Procfile: /);
});

test('a configuration runs without rights, only where that was asked for', async (t) => {
  const directory = scratch(t, {
    'ecosystem.config.js':
      "const { basename } = require('path');\nmodule.exports = { apps: [{ name: basename(__dirname) && 'p', script: 'x.js', env: { UID: String(process.getuid()), SECRET: String(process.env.SECRET) } }] };",
    'e.config.mjs': "export default { apps: [{ name: 'm', script: 'x.js' }] };",
    'bad.config.cjs': "require('fs').writeFileSync(__dirname + '/made', ''); module.exports = {};",
  });
  process.env['SECRET'] = 'secret';
  t.teardown(() => Reflect.deleteProperty(process.env, 'SECRET'));
  const refused = await run('import', join(directory, 'ecosystem.config.js'), '--dry-run');
  t.match(refused.err, /is a program: `--run-config` runs it/);
  const ran = await run(
    'import',
    join(directory, 'ecosystem.config.js'),
    join(directory, 'e.config.mjs'),
    '--dry-run',
    '--run-config',
  );
  t.match(ran.out, /SECRET = undefined/);
  if (process.getuid?.() === 0) t.match(ran.out, /UID = 65534/);
  t.match(ran.out, /==> m\.ini <==/);
  if (process.getuid?.() === 0) {
    const wrote = await run('import', join(directory, 'bad.config.cjs'), '--dry-run', '--run-config');
    t.match(wrote.err, /failed when it was run without rights: .*EACCES/);
    t.notOk(existsSync(join(directory, 'made')));
  }
  t.throws(
    () => runConfig('/x/e.config.js', 'module.exports = nothing', process.getuid?.() === 0),
    /nothing is not defined/,
  );
  t.end();
});

test('a drop-in that is a link to /dev/null is switched off, as in systemd', async (t) => {
  const directory = scratch(t, {
    'web.service': UNIT,
    'web.service.d/20.conf': '[Service]\nExecReload=/bin/reload\n',
  });
  symlinkSync('/dev/null', join(directory, 'web.service.d/10.conf'));
  const { status, out } = await run('import', join(directory, 'web.service'), '--dry-run');
  t.equal(status, 0);
  t.match(out, /ExecReload/);
});

test('what a configuration prints while it is loaded is not taken for its result', (t) => {
  const text = 'console.log("x"); process.stdout.write("more"); module.exports = { apps: [{ name: "a" }] };';
  t.same(runConfig('/srv/ecosystem.config.js', text, process.getuid!() === 0), { apps: [{ name: 'a' }] });
  t.end();
});

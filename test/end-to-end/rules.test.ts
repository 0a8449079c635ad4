import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { groupOf } from '../helpers/cgroups.js';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { RulesPlace, rulesSkip } from '../helpers/rules-place.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const skip = rulesSkip();
const FOSTER = fileURLToPath(new URL('../helpers/foster.js', import.meta.url));
t.test(
  'processes that were there before are placed, and those that come later; with their children',
  { skip },
  async (t) => {
    const place = new RulesPlace(t);
    const [before, later] = [place.program('rt-before'), place.program('rt-later')];
    place.rules(
      `*:rt-before cpu,memory ${place.scope}/a`,
      `% pids ${place.scope}/b`,
      `*:${later} cpu ${place.scope}/%U-%P/deep`,
    );
    const old = place.start(before);
    await place.service(t);
    await place.untilIn(old, 'cpu', 'a');
    await place.untilIn(old, 'memory', 'a');
    await place.untilIn(old, 'pids', 'b');
    const young = place.start(later);
    await place.untilIn(young, 'cpu', `0-${young}/deep`);
  },
);

t.test('a change of user moves a process again', { skip }, async (t) => {
  const place = new RulesPlace(t);
  const program = place.program('rt-user');
  // by name for root, by the user that nobody else's processes here have
  place.rules(`*:rt-user cpu ${place.scope}/%U`);
  await place.service(t);
  const pid = place.start(program, 61977);
  await place.untilIn(pid, 'cpu', '61977');
});

t.test(
  'rules are read again when their file is replaced, and hold for every process',
  { skip },
  async (t) => {
    const place = new RulesPlace(t);
    const program = place.program('rt-reload');
    place.rules(`*:rt-reload cpu ${place.scope}/first`);
    await place.service(t);
    const pid = place.start(program);
    await place.untilIn(pid, 'cpu', 'first');
    place.rules('nobody-of-this-name cpu x', `*:rt-reload cpu ${place.scope}/second`);
    await place.untilIn(pid, 'cpu', 'second');
    t.ok(
      place.said.includes(`${place.config}:1: there is no user "nobody-of-this-name"`),
      'what is wrong is told with its line',
    );
  },
);

t.test('a dry run says what it would do, and does nothing', { skip }, async (t) => {
  const place = new RulesPlace(t);
  place.rules(`*:rt-dry cpu ${place.scope}/dry`);
  const pid = place.start(place.program('rt-dry'));
  await place.service(t, { dryRun: true });
  t.same(
    place.moves.map(({ subject, rule, places }) => [subject.pid, rule.line, places.length]),
    [[pid, 1, 1]],
  );
  t.not(groupOf(pid, 'cpu'), `/${place.scope}/dry`);
});

t.test('a process is left alone when that is asked for as cgexec --sticky does', { skip }, async (t) => {
  const place = new RulesPlace(t);
  const socket = join(place.directory, 'cgred.socket');
  place.rules(`*:rt-sticky cpu ${place.scope}/sticky`);
  const service = await place.service(t, { stickySocket: socket });
  const ask = (pid: number, flags: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = Buffer.alloc(8);
      request.writeInt32LE(pid, 0);
      request.writeInt32LE(flags, 4);
      let answer = '';
      const client = connect(socket);
      client.write(request);
      client
        .on('data', (data) => (answer += data.toString()))
        .on('close', () => resolve(answer))
        .on('error', reject);
    });
  // held back before its program, so that the request comes first
  const child = spawnChild('/bin/sh', ['-c', `read x; exec ${place.program('rt-sticky')} 1000`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  t.equal(await ask(child.pid!, 1), 'SUCCESS_STORE_PID\0');
  child.stdin?.write('go\n');
  const marker = place.start(place.program('rt-sticky'));
  await place.untilIn(marker, 'cpu', 'sticky');
  await service.scan();
  t.not(groupOf(child.pid!, 'cpu'), `/${place.scope}/sticky`);
  await ask(child.pid!, 2);
  await until(
    'its program',
    () => spawnSync('cat', [`/proc/${child.pid!}/comm`]).stdout.toString() === 'rt-sticky\n',
  );
  await service.scan();
  t.equal(groupOf(child.pid!, 'cpu'), `/${place.scope}/sticky`);
});

t.test('a group that cannot be made is told once, and the rest of the rule holds', { skip }, async (t) => {
  const place = new RulesPlace(t);
  place.rules(
    `*:rt-bad cpu tasks/not-a-group`,
    `% memory ${place.scope}/good`,
    `% nosuch ${place.scope}/good`,
  );
  await place.service(t);
  const pids = [place.start(place.program('rt-bad')), place.start(place.program('rt-bad'))];
  for (const pid of pids) await place.untilIn(pid, 'memory', 'good');
  t.equal(place.said.filter((text) => text.includes('ENOTDIR')).length, 1);
  t.equal(place.said.filter((text) => text.endsWith('the controller nosuch is not there')).length, 1);
});

t.test('a process that forks at once does not leave a child behind', { skip }, async (t) => {
  const place = new RulesPlace(t);
  const program = place.program('rt-child');
  place.rules(`*:rt-child cpu ${place.scope}/child`, `*:rt-family cpu ${place.scope}/child`);
  await place.service(t);
  // a shell by another name that forks until there are thirty
  const shell = join(place.directory, 'rt-family');
  cpSync('/bin/sh', shell, { dereference: true });
  spawnSync('mkfifo', [join(place.directory, 'fifo')]);
  const child = spawnChild(
    shell,
    [
      '-c',
      `i=0; while [ $i -lt 30 ]; do (read x < ${place.directory}/fifo) & i=$((i+1)); done; exec ${program} 1000`,
    ],
    { stdio: 'ignore', detached: true },
  );
  t.teardown(() => spawnSync('pkill', ['-KILL', '-g', String(child.pid)]));
  const members = () =>
    spawnSync('pgrep', ['-g', String(child.pid)])
      .stdout.toString()
      .trim()
      .split('\n')
      .map(Number);
  await until('the family', () => members().length === 31);
  for (const pid of members()) await place.untilIn(pid, 'cpu', 'child');
  process.kill(-child.pid!, 'SIGKILL');
  await until('its end', () => child.signalCode !== null && members().every((pid) => !(pid > 0)));
});

t.test('foster rules: once, explained, and with what is wrong', { skip }, async (t) => {
  const place = new RulesPlace(t);
  place.rules(`*:rt-cli cpu ${place.scope}/cli`, 'odd');
  const pid = place.start(place.program('rt-cli'));
  const cli = (...args: readonly string[]) =>
    outcomeOf(
      spawnChild(process.execPath, [FOSTER, 'rules', ...args, '--config', place.config], {
        env: plainEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  const before = await cli('explain', String(pid));
  t.match(before.out, /cgrules\.conf:1 {2}\*:rt-cli: counts: it is the first that matches/);
  t.match(before.out, /it is elsewhere: the engine does not run/);
  const once = await cli('--once', '--verbose');
  t.equal(once.status, 0);
  t.match(
    once.out,
    new RegExp(`^move: pid=${pid} uid=0 gid=0 name=\\S*/rt-cli rule=\\S*:1 to=\\S*/cli$`, 'm'),
  );
  t.match(once.err, /cgrules\.conf:2: expected USER\[:PROCESS\] CONTROLLERS DESTINATION, found "odd"/);
  t.match((await cli('explain', String(pid))).out, /it is there/);
  const { considered, places } = JSON.parse((await cli('explain', String(pid), '--json')).out) as Record<
    string,
    unknown
  >;
  t.match([considered, places], [[{ verdict: 'matches' }], [{ to: /cli$/, now: /cli$/ }]]);
  t.equal((await cli('explain', '999999999')).status, 1);
  t.equal((await cli('explain', 'me')).status, 2);
});

t.test('foster init --rules runs the engine as a job', { skip }, async (t) => {
  const place = new RulesPlace(t);
  place.rules(`*:rt-init cpu ${place.scope}/init`);
  const foster = await Supervisor.start(t, {}, { args: ['--rules', place.config] });
  await foster.untilStatus('foster-rules', ({ state }) => state === 'running');
  const pid = place.start(place.program('rt-init'));
  await place.untilIn(pid, 'cpu', 'init');
  place.rules(`*:rt-init cpu ${place.scope}/again`);
  t.equal((await foster.cli('reload', 'foster-rules')).status, 0);
  await place.untilIn(pid, 'cpu', 'again');
});

t.test('foster rules obeys the signals of cgrulesengd', { skip }, async (t) => {
  const place = new RulesPlace(t);
  mkdirSync(join(place.directory, 'rules.d'));
  const file = join(place.directory, 'rules.d', 'one.conf');
  writeFileSync(file, '');
  const child = spawnChild(process.execPath, [FOSTER, 'rules', '--config', file, '--sticky-socket', 'none'], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
  const heard = (count: number) => until('the rules', () => said.split('in force').length > count);
  await heard(1);
  for (const [index, signal] of (['SIGUSR2', 'SIGUSR1', 'SIGHUP'] as const).entries()) {
    await until('handlers', () => said !== '');
    child.kill(signal);
    await heard(2 + index);
  }
  const ended = outcomeOf(child);
  child.kill('SIGTERM');
  t.equal((await ended).status, 0);
});

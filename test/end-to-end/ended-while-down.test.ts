/**
 * What happens to jobs while no supervisor runs: launchers hand off, mains are killed, workers are forked. Orphans are another
 * subreaper's children then, and nobody knows how anything ended. The next supervisor has each job exactly once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { allProcesses, commandLine, isAlive } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

/** Waits for the file `go`, so that the test decides when it goes on. */
const waits = ({ directory }: Supervisor): string => `until [ -e ${directory}/go ]; do sleep 0.05; done`;

function go({ directory }: Supervisor): void {
  writeFileSync(`${directory}/go`, '');
}

/** Numbers of seconds that no other test sleeps for. */
function sleepers(seconds: number): readonly number[] {
  return allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => isAlive(pid) && commandLine(pid) === `sleep ${seconds}`);
}

function oneSleeper(seconds: number): Promise<number> {
  return until(`one process that sleeps ${seconds} s`, () => {
    const pids = sleepers(seconds);
    return pids.length === 1 && pids[0];
  });
}

interface Saved {
  readonly core: { readonly jobs: readonly [{ readonly processes: readonly [{ readonly age: number }] }] };
}

/** For how long main had lived when the job was last saved, in milliseconds. */
function recordedAge({ rundir }: Supervisor, job: string): number {
  const saved = JSON.parse(readFileSync(join(rundir, 'jobs', `${job}.json`), 'utf8')) as Saved;
  return saved.core.jobs[0].processes[0].age;
}

/** A shell script as main, without an exec of something else. */
const script = (text: string): string => `exec /bin/sh -c '${text}; exit 0'\n`;

test('a launcher that ends while foster is down has handed off to the daemon that it left', async (t) => {
  for (const [stanza, seconds] of [
    ['expect daemon', 11001],
    ['ready daemonised', 11002],
    ['', 11003],
  ] as const) {
    const supervisor = Supervisor.prepare(t, {});
    supervisor.write(
      'slow.conf',
      `${script(`${waits(supervisor)}; (setsid sleep ${seconds} &)`)}${stanza}\nrespawn\n`,
    );
    await supervisor.begin();
    await supervisor.cli('start', '--no-wait', 'slow');
    const { main: launcher } = await supervisor.untilStatus('slow', ({ main }) => main !== null);
    await supervisor.kill();
    go(supervisor);
    const daemon = await oneSleeper(seconds);
    await until('the end of the launcher', () => !isAlive(launcher!));
    for (const crash of ['first', 'second']) {
      await supervisor.begin();
      await supervisor.untilStatus('slow', ({ state, main }) => state === 'running' && main === daemon);
      t.same(sleepers(seconds), [daemon], `${stanza}: one daemon after the ${crash} crash`);
      await supervisor.kill();
    }
    await supervisor.begin();
    t.match(await supervisor.cli('stop', 'slow'), { status: 0 });
    t.same(sleepers(seconds), [], 'a stop ends it');
  }
});

test('what a main forked while foster was down is ended when main is, before main is started again', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  supervisor.write('web.conf', `${script(`${waits(supervisor)}; sleep 11004 & wait`)}respawn\n`);
  await supervisor.begin();
  await supervisor.cli('start', 'web');
  const { main } = await supervisor.status('web');
  await supervisor.kill();
  go(supervisor);
  const worker = await oneSleeper(11004);
  process.kill(main!, 'SIGKILL');
  await supervisor.begin();
  const again = await supervisor.untilStatus('web', (now) => now.state === 'running' && now.main !== main);
  t.notOk(isAlive(worker));
  t.not(again.main, worker, 'a helper is no main');
  t.match(again, { respawns: 1, exit: { unknown: 'ended-while-down' } });
});

test('an unknown exit status is a failure, and events do not name one', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const events = join(supervisor.directory, 'events');
  supervisor.write('once.conf', `task\n${script(waits(supervisor))}`);
  supervisor.write(
    'after.conf',
    `start on stopped once\ntask\nscript\n  env >${events}.new\n  mv ${events}.new ${events}\nend script\n`,
  );
  await supervisor.begin();
  await supervisor.cli('start', '--no-wait', 'once');
  const { main } = await supervisor.untilStatus('once', (now) => now.main !== null);
  await supervisor.kill();
  go(supervisor);
  await until('its end', () => !isAlive(main!));
  await supervisor.begin();
  const lines = await until('the event', () => {
    try {
      return readFileSync(events, 'utf8').split('\n');
    } catch {
      // the job has not run yet
      return undefined;
    }
  });
  t.ok(lines.includes('RESULT=failed') && lines.includes('PROCESS=main'));
  t.notOk(lines.some((line) => line.startsWith('EXIT_')));
  const { failure } = await supervisor.status('once');
  t.equal(failure, `main process (${main}) ended while foster was down: exit status unknown`);
  t.match(await supervisor.cli('status', 'once'), { out: /last exit +unknown, ended while foster was down/ });
});

test('what may be the daemon of a launcher that seemed to stay up is reported, and not started beside', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  supervisor.write('late.conf', `${script(`${waits(supervisor)}; (setsid sleep 11005 &)`)}respawn\n`);
  await supervisor.begin();
  await supervisor.cli('start', 'late');
  const { main: launcher } = await supervisor.status('late');
  await until('a record that it stays up', () => recordedAge(supervisor, 'late') > 1250);
  await supervisor.kill();
  go(supervisor);
  const daemon = await oneSleeper(11005);
  await until('the end of the launcher', () => !isAlive(launcher!));
  for (const crash of ['first', 'second']) {
    await supervisor.begin();
    await supervisor.untilStatus(
      'late',
      ({ state, unclear }) => state === 'waiting' && unclear !== undefined,
    );
    const text = `unclear after a crash: PIDs ${daemon} may be of this job; 'foster start --force late' starts it beside them`;
    t.match(
      await supervisor.status('late'),
      { unclear: [daemon], failure: text },
      `after the ${crash} crash`,
    );
    t.match(await supervisor.cli('start', 'late'), { status: 1, err: new RegExp(`PIDs ${daemon} `) });
    t.ok(isAlive(daemon), 'it is not signalled');
    await supervisor.kill();
  }
  await supervisor.begin();
  t.match(await supervisor.cli('start', '--force', 'late'), { status: 0 });
  await supervisor.untilStatus('late', ({ state, unclear }) => state === 'running' && unclear === undefined);
  t.ok(isAlive(daemon), 'nor is it then');
  process.kill(daemon, 'SIGKILL');
});

test('what has detached itself is known after a crash, and does not keep its job from being started', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  supervisor.write('left.conf', `kill mode main\n${script('(setsid sleep 11006 &); exec sleep 11007')}`);
  await supervisor.begin();
  await supervisor.cli('start', 'left');
  const left = await oneSleeper(11006);
  await supervisor.cli('stop', 'left');
  await supervisor.kill();
  await supervisor.begin();
  t.match(await supervisor.status('left'), { state: 'waiting', detached: [left] });
  t.match(await supervisor.cli('start', 'left'), { status: 0 });
});

test('a job whose saved file is damaged is not started beside its own processes', async (t) => {
  const supervisor = await Supervisor.start(t, { 'lost.conf': 'exec sleep 11008\nrespawn\n' });
  await supervisor.cli('start', 'lost');
  const { main } = await supervisor.status('lost');
  await supervisor.kill();
  writeFileSync(join(supervisor.rundir, 'jobs', 'lost.json'), '{');
  await supervisor.begin();
  t.match(await supervisor.cli('start', 'lost'), { status: 1 });
  t.same(sleepers(11008), [main]);
  process.kill(main!, 'SIGKILL');
  await supervisor.untilStatus('lost', ({ unclear }) => unclear === undefined);
  t.match(await supervisor.cli('start', 'lost'), { status: 0 });
});

/** A record of which each field is right, and which cannot be true as a whole. */
const CONTRADICTIONS = {
  'no process is known by its start time': (saved: Contradicted) => void (saved.processes = []),
  'the job is not there': (saved: Contradicted) => void (saved.core.jobs = []),
  'the job has no main': (saved: Contradicted) => void (saved.core.jobs[0]!.processes = []),
  'nobody follows main': (saved: Contradicted) => void (saved.lineage.follower = null),
  'a state without main': (saved: Contradicted) =>
    void Object.assign(saved.core.jobs[0]!, { state: 'post-stop' }),
  'a state that waits for nothing': (saved: Contradicted) =>
    void Object.assign(saved.core.jobs[0]!, { state: 'killed', goal: 'stop' }),
} as const;

interface Contradicted {
  processes: unknown[];
  readonly lineage: { follower: unknown };
  readonly core: { jobs: { processes: unknown[] }[] };
}

test('a job whose saved file contradicts itself is not started beside its own processes', async (t) => {
  const names = Object.keys(CONTRADICTIONS).map((_, index) => `lie${index}`);
  const jobs = Object.fromEntries(names.map((name) => [`${name}.conf`, 'exec sleep 11009\nrespawn\n']));
  const supervisor = await Supervisor.start(t, { ...jobs, 'true.conf': 'exec sleep 11009\n' });
  await supervisor.cli('start', 'true', ...names);
  const before = sleepers(11009);
  await supervisor.kill();
  for (const [index, contradict] of Object.values(CONTRADICTIONS).entries()) {
    const file = join(supervisor.rundir, 'jobs', `lie${index}.json`);
    const saved = JSON.parse(readFileSync(file, 'utf8')) as Contradicted;
    contradict(saved);
    writeFileSync(file, JSON.stringify(saved));
  }
  await supervisor.begin();
  for (const [index, what] of Object.keys(CONTRADICTIONS).entries()) {
    const { unclear } = await supervisor.status(`lie${index}`);
    t.equal(unclear?.length, 1, what);
    t.match(await supervisor.cli('start', `lie${index}`), { status: 1 }, `${what}: it is not started`);
  }
  t.same(sleepers(11009), before, 'each runs once');
  t.match(await supervisor.status('true'), { state: 'running' });
});

test('members that foster was ending when it was killed are ended by the next one', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  // they ignore TERM, so that their end takes as long as foster waits before KILL
  supervisor.write(
    'crashing.conf',
    `exec /bin/sh -c 'trap "" TERM; sleep 11071 & sleep 11072 & wait'\nkill timeout 30\nrespawn\n`,
  );
  await supervisor.begin();
  await supervisor.cli('start', 'crashing');
  const former = [await oneSleeper(11071), await oneSleeper(11072)];
  const { main } = await supervisor.untilStatus('crashing', ({ main }) => main !== null);
  process.kill(main!, 'SIGKILL');
  await supervisor.untilStatus('crashing', ({ state }) => state === 'killed');
  await supervisor.kill();
  await supervisor.begin();
  const { detached } = await supervisor.untilStatus('crashing', ({ state }) => state === 'running');
  t.same(former.filter(isAlive), [], 'nobody of the former run is left');
  t.same(detached, []);
  await oneSleeper(11071);
  await oneSleeper(11072);
});

/**
 * A supervisor that is killed at the very moment in which it starts a process: what it has started is known to nobody, for
 * its state is saved a moment later. The next supervisor takes this process for what it is, and starts no second one.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { allProcesses, isAlive, killIfThere, processLine, type ProcessLine } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

/** Without an end, the test runner's own limit ends a test of a supervisor that starts nothing. */
const FORK_MS = 10_000;

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Living processes of this job, by the environment that this supervisor gives it. */
function processesOf({ socket }: Supervisor, job: string): readonly number[] {
  const isOfJob = (pid: number): boolean => {
    const environment = environmentOf(pid);
    return environment.includes(`FOSTER_JOB=${job}`) && environment.includes(`FOSTER_SOCKET=${socket}`);
  };
  return allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => isAlive(pid) && isOfJob(pid));
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // it has ended since, or it belongs to somebody else
    return [];
  }
}

/** Kills the supervisor once it has a child that it had not before. Waits busily: an event would come too late. */
function killWhenItForks(supervisor: Supervisor, before: readonly number[]): void {
  const limit = Date.now() + FORK_MS;
  while (childrenOf(supervisor.pid).every((pid) => before.includes(pid))) {
    if (Date.now() > limit) throw new Error('the supervisor has started nothing');
  }
  process.kill(supervisor.pid, 'SIGKILL');
}

/** Has the job started by a command, and kills the supervisor meanwhile. */
async function killWhileStarting(supervisor: Supervisor, job: string): Promise<void> {
  const before = childrenOf(supervisor.pid);
  // the client waits half a minute for the next supervisor, and is answered by it
  void supervisor.cli('start', '--no-wait', job);
  killWhenItForks(supervisor, before);
  await supervisor.ended;
}

async function killWhileRespawning(supervisor: Supervisor, main: number): Promise<void> {
  const before = childrenOf(supervisor.pid);
  process.kill(main, 'SIGKILL');
  killWhenItForks(supervisor, before);
  await supervisor.ended;
}

/** Its one process, main, when what had ended is gone. A second one would stay. */
async function oneProcess(supervisor: Supervisor, job: string): Promise<number> {
  const running = await supervisor.untilStatus(
    job,
    ({ state, main }) => state === 'running' && main !== null,
  );
  const main = running.main!;
  await until(`the end of all processes of ${job} but ${main}`, () => {
    const pids = processesOf(supervisor, job);
    return pids.length === 1 && pids[0] === main;
  });
  return main;
}

/** Some of the moments are before the launch has been noted, some after it. */
const ROUNDS = 5;

test('a main process that was just being started again is not started twice', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'again.conf': 'exec sleep 1000\nrespawn\nrespawn limit unlimited\n',
  });
  await supervisor.cli('start', 'again');
  let { main } = await supervisor.status('again');
  for (let round = 0; round < ROUNDS; round += 1) {
    await killWhileRespawning(supervisor, main!);
    const [started] = await until('the new process', () => {
      const found = processesOf(supervisor, 'again');
      return found.length > 0 && found;
    });
    await supervisor.begin();
    main = await oneProcess(supervisor, 'again');
    t.equal(main, started, 'taken back, not restarted');
  }
  // supervised as ever
  killIfThere(main!, 'SIGKILL');
  await supervisor.untilStatus('again', (now) => now.state === 'running' && now.main !== main);
});

test('neither is one that was started for the first time', async (t) => {
  const jobs = Array.from({ length: ROUNDS }, (_, index) => `first${index}`);
  const files = Object.fromEntries(jobs.map((name) => [`${name}.conf`, 'exec sleep 1000\n']));
  const supervisor = await Supervisor.start(t, files);
  for (const job of jobs) {
    await killWhileStarting(supervisor, job);
    const [started] = await until('the new process', () => {
      const found = processesOf(supervisor, job);
      return found.length > 0 && found;
    });
    await supervisor.begin();
    t.equal(await oneProcess(supervisor, job), started, 'taken back, not restarted');
  }
});

test('a daemon that puts itself in the background meanwhile is found', async (t) => {
  const daemon = "exec /bin/sh -c '(setsid sleep 1000 &) ; exit 0'\nrespawn\n";
  const supervisor = await Supervisor.start(t, { 'daemon.conf': daemon });
  await supervisor.cli('start', 'daemon');
  const { main } = await supervisor.status('daemon');
  await killWhileRespawning(supervisor, main!);
  const daemons = () =>
    allProcesses().filter(
      ({ pid, command }) => command === 'sleep' && processesOf(supervisor, 'daemon').includes(pid),
    );
  await until(
    'the daemon in the background, alone',
    () => daemons().length === 1 && processesOf(supervisor, 'daemon').length === 1,
  );
  const [started] = daemons();
  await supervisor.begin();
  t.equal(await oneProcess(supervisor, 'daemon'), started!.pid);
  await supervisor.cli('stop', 'daemon');
  t.same(processesOf(supervisor, 'daemon'), [], 'a stop ends it');
});

/**
 * Each call by which foster changes a file in a respawn: of the record (about to start, started, emptied), of the job's file,
 * of its name. Where there are fewer calls, nothing happens to foster, and it is killed a moment later.
 */
const CRASHES = [
  ...[1, 2, 3, 4].map((call) => `writeSync ${call}`),
  'renameSync 1',
  'renameSync 2',
  'ftruncateSync 1',
  'ftruncateSync 2',
];

/** The same where the process is held at a gate, before which the record is written once more. */
const CRASHES_AT_GATE = [
  ...[1, 2, 3, 4, 5, 6].map((call) => `writeSync ${call}`),
  ...[1, 2, 3].map((call) => `renameSync ${call}`),
  ...[1, 2, 3].map((call) => `ftruncateSync ${call}`),
];

/** Kills foster at these points of respawns. @param text the job file, without `respawn` */
async function killAtEach(t: Test, crashes: readonly string[], text: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'foster-crash-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const crash = join(directory, 'crash');
  const supervisor = await Supervisor.start(
    t,
    { 'daemon.conf': `${text}respawn\nrespawn limit unlimited\n` },
    { program: 'faulty-foster', env: { FOSTER_TEST_CRASH: crash } },
  );
  await supervisor.cli('start', 'daemon');
  let { main } = await supervisor.status('daemon');
  for (const point of crashes) {
    writeFileSync(crash, point);
    killIfThere(main!, 'SIGKILL');
    await Promise.race([
      supervisor.ended,
      supervisor.untilStatus('daemon', (now) => now.state === 'running' && now.main !== main).catch(() => 0),
    ]);
    await supervisor.kill();
    rmSync(crash);
    const left = processesOf(supervisor, 'daemon');
    const started =
      left.length > 0 &&
      (await until(
        'the daemon in the background, alone, or a process before its program',
        () => soleDaemon(supervisor) || stoppedProcess(supervisor),
      ));
    await supervisor.begin();
    main = await oneProcess(supervisor, 'daemon');
    if (started === false) continue;
    if (started.isStopped) t.not(main, started.pid, `killed instead of ${point}: started anew`);
    else t.equal(main, started.pid, `killed instead of ${point}: taken back, not restarted`);
  }
}

/** It goes into the background when foster has been killed, and more than a second after its launcher began. */
const LATE_DAEMON = "exec /bin/sh -c 'sleep 1.2; (setsid sleep 1000 &) ; exit 0'\nready daemonised\n";

test('at whatever change of a file foster is killed: the daemon of the run that had begun is main, and none is started beside it', (t) =>
  killAtEach(t, CRASHES, LATE_DAEMON));

test('the same where a gate is passed: what stands before its program is started anew, and what has passed is main', (t) =>
  killAtEach(t, CRASHES_AT_GATE, 'nice 5\nexec sleep 1000\n'));

interface Left {
  readonly pid: number;
  readonly isStopped: boolean;
}

/** The one process of the job, if it is what its launcher has left in the background. */
function soleDaemon(supervisor: Supervisor): Left | false {
  const only = soleProcess(supervisor);
  const isDaemon = only?.command === 'sleep' && only.session === only.pid;
  return isDaemon && { pid: only.pid, isStopped: false };
}

function stoppedProcess(supervisor: Supervisor): Left | false {
  const only = soleProcess(supervisor);
  return only?.state === 'T' && { pid: only.pid, isStopped: true };
}

function soleProcess(supervisor: Supervisor): ProcessLine | undefined {
  const pids = processesOf(supervisor, 'daemon');
  return pids.length === 1 ? processLine(pids[0]!) : undefined;
}

test('so it is where many others have ended meanwhile, whose respawns come first', async (t) => {
  const crash = join(t.testdir(), 'crash');
  const others = Array.from({ length: 9 }, (_, index) => `other${index}`);
  const text = 'respawn\nrespawn limit unlimited\nexec sleep 1000\n';
  const supervisor = await Supervisor.start(
    t,
    Object.fromEntries([...others, 'last'].map((name) => [`${name}.conf`, text])),
    { program: 'faulty-foster', env: { FOSTER_TEST_CRASH: crash } },
  );
  for (const name of [...others, 'last']) await supervisor.cli('start', name);
  const { main } = await supervisor.status('last');
  writeFileSync(crash, 'renameSync 1');
  killIfThere(main!, 'SIGKILL');
  await supervisor.ended;
  rmSync(crash);
  const [started, ...more] = processesOf(supervisor, 'last');
  t.same(more, []);
  for (const name of others) for (const pid of processesOf(supervisor, name)) killIfThere(pid, 'SIGKILL');
  await supervisor.begin();
  t.equal(await oneProcess(supervisor, 'last'), started, 'taken back, not restarted');
});

test('a hook that was being started is not run twice', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const runs = `${supervisor.directory}/runs`;
  const go = `${supervisor.directory}/go`;
  const body = `  echo run >>${runs}\n  until [ -e ${go} ]; do sleep 0.05; done\n`;
  const script = `pre-start script\n${body}end script\nexec sleep 1000\n`;
  supervisor.write('hooked.conf', script);
  await supervisor.begin();
  await killWhileStarting(supervisor, 'hooked');
  await supervisor.begin();
  writeFileSync(go, '');
  await oneProcess(supervisor, 'hooked');
  t.equal(readFileSync(runs, 'utf8'), 'run\n');
});

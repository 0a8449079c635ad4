/** A supervisor that is replaced by the next one, in another process after a crash or in the same one by a re-exec. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { UnreachableError } from '../../src/control/client/client.js';
import type { JobStatus } from '../../src/supervisor/api/job-status.js';
import { mayMakeNamespaces, PidOne, scratchDirectory } from '../helpers/pid-one.js';
import { isAlive } from '../helpers/processes.js';
import { Supervisor, type SupervisorOptions } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const NAMES = ['plain', 'daemon', 'writer', 'slow', 'terminal'] as const;

/** One job of each kind; `slow` is still in its hook when the supervisor is replaced, until the file `go` is there. */
function jobs(directory: string): Record<string, string> {
  return {
    'plain.ini': 'exec = sleep 1000\nrespawn = true\n',
    'daemon.conf': 'script\n  (setsid sleep 1000 & ) &\nend script\nrespawn\n',
    'writer.conf':
      'script\n  n=0\n  while [ $n -lt 300 ]; do n=$((n+1)); echo line $n; sleep 0.005; done\n  exec sleep 1000\nend script\n',
    'slow.conf': `pre-start script\n  until [ -e ${directory}/go ]; do sleep 0.01; done\nend script\nexec sleep 1000\n`,
    'terminal.ini': 'exec = sh -c "echo on a terminal; exec sleep 1000"\nconsole = pty\n',
  };
}

async function startJobs(t: Test, options: SupervisorOptions = {}): Promise<Supervisor> {
  const supervisor = Supervisor.prepare(t, {}, options);
  for (const [file, text] of Object.entries(jobs(supervisor.directory))) supervisor.write(file, text);
  await supervisor.begin();
  await supervisor.cli('start', 'plain', 'daemon', 'writer', 'terminal');
  await supervisor.cli('start', '--no-wait', 'slow');
  await supervisor.untilStatus('slow', ({ state }) => state === 'pre-start');
  return supervisor;
}

/** What waits for the file `go` goes on. */
function letGo(supervisor: Supervisor): void {
  writeFileSync(join(supervisor.directory, 'go'), '');
}

async function statuses(supervisor: Supervisor): Promise<readonly JobStatus[]> {
  return Promise.all(NAMES.map((name) => supervisor.status(name)));
}

function pidsOf(found: readonly JobStatus[]): readonly (readonly number[])[] {
  return found.map(({ processes }) => processes.map(({ pid }) => pid));
}

/** Who has asked the program that is replaced gets no answer. */
function lostConnection(error: unknown): undefined {
  if (!(error instanceof UnreachableError)) throw error;
}

const reexec = (supervisor: Supervisor): Promise<void> => supervisor.reexec();

async function crash(supervisor: Supervisor): Promise<void> {
  await supervisor.kill();
  await supervisor.begin();
}

for (const [way, replace, rounds] of [
  ['a crash', crash, 1],
  ['a re-exec', reexec, 2],
] as const) {
  test(`over ${way}, jobs of all kinds keep their processes, states and output`, async (t) => {
    const supervisor = await startJobs(t);
    const before = await statuses(supervisor);
    for (let round = 0; round < rounds; round++) {
      await replace(supervisor);
      const after = await statuses(supervisor);
      t.same(pidsOf(after), pidsOf(before), 'the same processes');
      t.same(
        after.map(({ state, goal, respawns }) => [state, goal, respawns]),
        before.map(({ state, goal, respawns }) => [state, goal, respawns]),
      );
    }

    letGo(supervisor);
    await supervisor.untilStatus('slow', ({ state }) => state === 'running');

    const printed = await until('all lines', async () => {
      const { out } = await supervisor.cli('log', '-n', '1000', 'writer');
      return out.includes('line 300\n') && out;
    });
    t.same(
      printed.trimEnd().split('\n'),
      Array.from({ length: 300 }, (_, index) => `line ${index + 1}`),
      'no line is lost',
    );

    for (const name of ['plain', 'daemon']) {
      const { main } = await supervisor.status(name);
      process.kill(main!, 'SIGKILL');
      await supervisor.untilStatus(name, (now) => now.state === 'running' && now.main !== main);
    }
    t.match(await supervisor.cli('stop', 'plain', 'daemon', 'writer', 'slow'), { status: 0 });
  });
}

test('whoever looks before and after a re-exec sees no difference', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'bad.ini': 'exec = sh -c "sleep 0.1; exit 9"\n',
    'dumped.ini': 'exec = sh -c "kill -ABRT $$"\nready = exec\n',
    'done.ini': 'exec = true\ntask = true\n',
    'again.ini': 'exec = sleep 1000\nrespawn = true\n',
    'pausing.ini': 'exec = sh -c "sleep 0.1; exit 3"\nrespawn = true\nrespawn delay = 600\nready = exec\n',
    'rare.ini': 'exec = /no/such/program\n',
    'never.ini': 'exec = true\n',
    'off.ini': 'exec = sleep 1000\nstart on = startup\n',
    'stubborn.ini': 'exec = sh -c "trap \'\' TERM; exec sleep 1000"\nready = exec\nkill timeout = 100\n',
  });
  await supervisor.cli('start', 'bad', 'dumped', 'done', 'again', 'pausing', 'rare', 'stubborn');
  await supervisor.cli('disable', 'off');
  const { main } = await supervisor.status('again');
  process.kill(main!, 'SIGKILL');
  await supervisor.untilStatus('again', (now) => now.respawns === 1 && now.state === 'running');
  await supervisor.untilStatus('bad', ({ failure }) => failure !== undefined);
  await supervisor.untilStatus('pausing', ({ state }) => state === 'post-stop');
  await supervisor.cli('stop', '--no-wait', 'stubborn');
  await supervisor.untilStatus('stubborn', ({ state }) => state === 'killed');
  await supervisor.untilStatus('off', ({ manual }) => manual === true);
  const look = async (): Promise<unknown> => {
    const { out } = await supervisor.cli('status', '--json');
    const health = await supervisor.cli('health', '--level', 'ready');
    // how much longer a job waits is another text every moment
    const timeless = (text: string): string => text.replace(/[0-9.]+ s\b/g, 'N s');
    return {
      jobs: JSON.parse(timeless(out)) as unknown,
      status: health.status,
      health: timeless(health.out),
    };
  };
  const before = await look();
  for (let round = 0; round < 2; round += 1) {
    await supervisor.reexec();
    t.same(await look(), before);
  }
  t.match(before, { status: 1, health: /bad.*status 9/ });
});

test('a damaged file of saved state costs no other job, and its processes are neither ended nor started twice', async (t) => {
  const damage: Record<string, (text: string) => string> = {
    type: (text) => text.replace('"goal":"start"', '"goal":{"deep":[]}'),
    cut: (text) => text.slice(0, text.length / 2),
    version: (text) => text.replace('"version":1', '"version":77'),
    pid: (text) => text.replace(/"pid":\d+/g, '"pid":4294967298'),
    class: (text) => text.replace('"class":{"name":"class"', '"class":{"name":"fine"'),
    fine: (text) => text,
  };
  const names = Object.keys(damage);
  const supervisor = await Supervisor.start(
    t,
    Object.fromEntries(
      [...names, 'folder'].map((name) => [`${name}.ini`, 'exec = sleep 1000\nrespawn = true\n']),
    ),
  );
  await supervisor.cli('start', ...names, 'folder');
  const mains = new Map<string, number>();
  for (const name of [...names, 'folder']) mains.set(name, (await supervisor.status(name)).main!);
  await supervisor.kill();
  const directory = join(supervisor.rundir, 'jobs');
  for (const name of names) {
    const path = join(directory, `${name}.json`);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, damage[name]!(text));
    t.equal(readFileSync(path, 'utf8') === text, name === 'fine', `${name} is damaged`);
  }
  rmSync(join(directory, 'folder.json'));
  mkdirSync(join(directory, 'folder.json'));
  await supervisor.begin();
  t.equal((await supervisor.status('fine')).main, mains.get('fine'));
  for (const name of [...names, 'folder'].filter((one) => one !== 'fine')) {
    const main = mains.get(name)!;
    const reported = new RegExp(`${name} cannot be recovered: .*jobs/${name}.json.* was renamed to `);
    t.match(supervisor.messages, reported);
    t.ok(isAlive(main), `${main} of ${name} is left alone`);
  }
  for (const name of ['type', 'version', 'class']) {
    const main = mains.get(name)!;
    t.match(
      supervisor.messages,
      new RegExp(`${name} cannot be recovered: .*its processes keep running.*: .*${main}`),
    );
    const started = await supervisor.cli('start', name);
    t.not(started.status, 0, `${name} is not started beside ${main}`);
    t.match(started.err, new RegExp(`unclear after a crash: PIDs .*${main}.*foster start --force ${name}`));
    const forced = await supervisor.cli('start', '--force', name);
    t.equal(forced.status, 0, forced.err);
    t.ok(isAlive(main));
  }
  for (const main of mains.values()) process.kill(main, 'SIGKILL');
});

test('a re-exec keeps process, terminals of jobs, and what events wait for', async (t) => {
  const supervisor = await startJobs(t);
  supervisor.write('both.conf', 'start on one and two\nexec sleep 1000\n');
  supervisor.write(
    'waits.conf',
    'start on starting late\ntask\nscript\n  until [ -e ' +
      supervisor.directory +
      '/go ]; do sleep 0.01; done\nend script\n',
  );
  supervisor.write('late.conf', 'exec sleep 1000\n');
  await until('the new files', async () => (await supervisor.cli('status', 'late')).out.includes('late'));
  await supervisor.cli('emit', '--no-wait', 'one');
  await supervisor.cli('start', '--no-wait', 'late');
  const { main } = await supervisor.status('terminal');
  const pid = supervisor.pid;
  t.match(await supervisor.cli('reexec'), { status: 0 });
  // the socket listens on: whoever asks meanwhile waits for the answer
  const answer = await supervisor.cli('list');
  t.match(answer, { status: 0, out: /plain +running/ });
  t.equal(supervisor.pid, pid);
  t.ok(isAlive(main!), 'a job on a terminal of foster’s own does not lose it');

  await supervisor.cli('emit', 'two');
  t.match(await supervisor.status('both'), { state: 'running' }, 'the event that came before still counts');
  t.match(await supervisor.status('late'), { state: 'starting' }, 'it is still held up');
  letGo(supervisor);
  await supervisor.untilStatus('late', ({ state }) => state === 'running');
});

test('a job that dies at the very moment of a re-exec is respawned, and its status is known', async (t) => {
  const supervisor = await Supervisor.start(t, { 'a.conf': 'exec sleep 1000\nrespawn\n' });
  await supervisor.cli('start', 'a');
  const { main } = await supervisor.status('a');
  const since = await supervisor.began();
  process.kill(main!, 'SIGSTOP');
  process.kill(supervisor.pid, 'SIGUSR2');
  process.kill(main!, 'SIGKILL');
  const after = await until('the respawn', async () => {
    const now = await supervisor.status('a').catch(lostConnection);
    return now?.state === 'running' && now.main !== main && now;
  });
  t.match(after, { respawns: 1, exit: { signal: 'KILL' } });
  await supervisor.untilNew(since);
});

for (const [signal, what] of [
  ['SIGXFSZ', 'an exception'],
  ['SIGVTALRM', 'a rejected promise'],
] as const) {
  test(`${what} inside foster is answered by a re-exec with its state`, async (t) => {
    const supervisor = await startJobs(t, { program: 'faulty-foster' });
    const before = await statuses(supervisor);
    const since = await supervisor.began();
    process.kill(supervisor.pid, signal);
    await supervisor.untilNew(since);
    t.match(
      supervisor.messages,
      /Internal error: Error: a (fault|rejection) that the test has asked for\n +at /,
    );
    t.same(pidsOf(await statuses(supervisor)), pidsOf(before));
    letGo(supervisor);
  });
}

test('who fails again and again ends, unless it is PID 1; the jobs run on for the next supervisor', async (t) => {
  const supervisor = await startJobs(t, { program: 'faulty-foster' });
  const before = await statuses(supervisor);
  for (let time = 0; time < 3; time++) {
    const since = await supervisor.began();
    process.kill(supervisor.pid, 'SIGXFSZ');
    await supervisor.untilNew(since);
  }
  process.kill(supervisor.pid, 'SIGXFSZ');
  t.equal(await supervisor.ended, 70);
  await supervisor.begin();
  t.same(pidsOf(await statuses(supervisor)), pidsOf(before));
  letGo(supervisor);
});

test('PID 1 that fails again and again goes on reaping, and can be told to try again', async (t) => {
  if (!mayMakeNamespaces) {
    t.comment('skipped: only root may make namespaces');
    return;
  }
  const directory = scratchDirectory(t);
  const init = new PidOne(t, directory, {
    program: 'faulty-foster',
    jobs: {
      'a.conf':
        'start on startup\nconsole output\nrespawn\nscript\n  echo a is up\n  exec sleep 1000\nend script\n',
    },
  });
  await init.untilOut(/a is up/);
  for (let time = 1; time <= 4; time++) {
    const { image } = init;
    init.signal('SIGXFSZ');
    // the next signal may come only when the next program has a handler for it
    await until(`the program after failure ${time}`, () => init.image !== image && init.handles(12));
  }
  await until('the last words', () => init.err.includes('foster only reaps processes'));
  const [job] = init.children;
  t.ok(isAlive(job!), 'the job runs on');
  process.kill(job!, 'SIGKILL');
  await until('its reaping', () => init.children.length === 0);
  init.signal('SIGUSR2');
  await until('the job again', () => init.out.match(/a is up/g)?.length === 2);
  init.signal('SIGTERM');
  t.equal((await init.ended).status, 0);
});

test('a shutdown goes on over a re-exec', async (t) => {
  const supervisor = await Supervisor.start(
    t,
    {
      'slow.conf':
        'kill timeout 30\nscript\n  trap "until [ -e $DIRECTORY/go ]; do sleep 0.01; done; exit 0" TERM\n  sleep 1000 &\n  wait\nend script\n',
    },
    { program: 'faulty-foster', args: ['--stop-budget', '30'] },
  );
  supervisor.write('slow.override', `env DIRECTORY=${supervisor.directory}\n`);
  await until('the override', async () => (await supervisor.cli('start', 'slow')).status === 0);
  process.kill(supervisor.pid, 'SIGTERM');
  await supervisor.untilStatus('slow', ({ state }) => state === 'killed');
  const since = await supervisor.began();
  process.kill(supervisor.pid, 'SIGXFSZ');
  await supervisor.untilNew(since);
  letGo(supervisor);
  t.equal(await supervisor.ended, 0);
});

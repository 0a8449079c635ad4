/**
 * The run directory is emptied after a crash of foster: everything that proves whose processes run is gone. No job is started beside
 * what its last run has left, nobody is signalled, and no stranger holds back a job of others.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { test } from 'tap';
import { outcomeOf, spawnChild } from '../helpers/child.js';
import { allProcesses, commandLine, isAlive, killIfThere } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

function sleepers(seconds: number): readonly number[] {
  return allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => isAlive(pid) && commandLine(pid) === `sleep ${seconds}`);
}

const oneSleeper = (seconds: number): Promise<number> =>
  until(`a process that sleeps ${seconds} s`, () => sleepers(seconds)[0]);

function empty({ rundir }: Supervisor): void {
  rmSync(rundir, { recursive: true });
}

test('jobs are not started beside what they have left: it is unclear, until it ends or a person decides', async (t) => {
  const supervisor = await Supervisor.start(
    t,
    {
      // it has the FIFO, and tells nothing else
      'web.conf': 'start on startup\nenv FOSTER_SOCKET=/elsewhere\nexec env -i sleep 14001\n',
      // it has nothing but its environment
      'daemon.conf': `start on startup\nexpect daemon\nexec /bin/sh -c '(setsid sleep 14002 </dev/null >/dev/null 2>&1 &); exit 0'\n`,
    },
    { noStartupEvent: false },
  );
  const [web, daemon] = [await oneSleeper(14001), await oneSleeper(14002)];
  await supervisor.untilStatus('daemon', ({ state }) => state === 'running');
  await supervisor.kill();
  empty(supervisor);
  await supervisor.begin();
  await supervisor.untilMessage(new RegExp(`web not started: unclear after a crash: PIDs ${web} `));
  await supervisor.untilMessage(new RegExp(`daemon not started: unclear after a crash: PIDs ${daemon} `));
  t.match(await supervisor.cli('start', 'web'), { status: 1, err: /unclear after a crash/ });
  t.same([sleepers(14001), sleepers(14002)], [[web], [daemon]], 'each runs once');

  t.match(await supervisor.cli('start', '--force', 'web'), { status: 0 });
  t.equal(sleepers(14001).length, 2, 'beside the first one, as was asked for');
  killIfThere(daemon, 'SIGKILL');
  await until('a start', async () => (await supervisor.cli('start', 'daemon')).status === 0);
  await supervisor.shutDown();
  t.same(sleepers(14001), [web], 'who is unclear is not signalled');
});

const needsRoot = process.getuid?.() === 0 ? false : 'only root may run something as another user';

test(
  'another user can hold back no job of root, whatever the processes bear',
  { skip: needsRoot },
  async (t) => {
    const supervisor = Supervisor.prepare(t, { 'web.conf': 'exec sleep 14005\n' });
    mkdirSync(supervisor.rundir, { recursive: true });
    const forger = spawnChild(
      'prlimit',
      [
        '--rttime=4503599627370500:',
        'setpriv',
        '--reuid',
        '65534',
        '--clear-groups',
        'setsid',
        '--fork',
        'sleep',
        '14006',
      ],
      {
        env: { ...process.env, FOSTER_JOB: 'web', FOSTER_INSTANCE: '', FOSTER_SOCKET: supervisor.socket },
        stdio: 'ignore',
      },
    );
    await outcomeOf(forger);
    const stranger = await oneSleeper(14006);
    await supervisor.begin();
    t.match(await supervisor.cli('start', 'web'), { status: 0 });
    t.ok(isAlive(stranger));
  },
);

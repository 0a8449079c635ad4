/**
 * A supervisor that is killed while the startup event starts its jobs: the next one starts what has not been started yet, and
 * nothing a second time.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { allProcesses, isAlive } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const COUNT = 8;

/** More than are started before clients are served: what the others have begun is pending meanwhile. */
const JOBS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Array.from({ length: COUNT }, (_, index) => [
      `boot${index}.conf`,
      'start on startup\nrespawn\nexec sleep 15101\n',
    ]),
  ),
  'second.conf': `start on started boot${COUNT - 1}\nrespawn\nexec sleep 15102\n`,
  'third.conf': 'start on started second and started boot0\nrespawn\nexec sleep 15103\n',
};
const NAMES = Object.keys(JOBS).map((file) => file.replace('.conf', ''));

/**
 * Calls by which foster changes files: of the first ones, before the startup event; while the first four jobs are started; in the
 * pauses after that; and none, where the supervisor is killed when all are up.
 */
const CRASHES = [
  ...[1, 3, 5, 10, 13, 16, 20, 25].map((call) => `renameSync ${call}`),
  ...[1, 6].map((call) => `writeSync ${call}`),
  ...[1, 2].map((call) => `ftruncateSync ${call}`),
];

function processesOf({ socket }: Supervisor, job: string): readonly number[] {
  return allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => {
      const environment = environmentOf(pid);
      return (
        isAlive(pid) &&
        environment.includes(`FOSTER_JOB=${job}`) &&
        environment.includes(`FOSTER_SOCKET=${socket}`)
      );
    });
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // it has ended since, or it belongs to somebody else
    return [];
  }
}

async function crashAt(t: Test, point: string): Promise<void> {
  const directory = t.testdir();
  const crash = join(directory, 'crash');
  const supervisor = Supervisor.prepare(t, JOBS, {
    program: 'faulty-foster',
    noStartupEvent: false,
    env: { FOSTER_TEST_CRASH: crash },
  });
  writeFileSync(crash, point);
  const ended = supervisor.launch();
  const isUp = async (name: string): Promise<boolean> =>
    (await supervisor.status(name).catch(() => undefined))?.state === 'running';
  const allUp = until('all jobs', async () => (await Promise.all(NAMES.map(isUp))).every(Boolean));
  await Promise.race([ended, allUp.catch(() => undefined)]);
  rmSync(crash);
  await supervisor.kill();
  const before = new Map(NAMES.map((name) => [name, processesOf(supervisor, name)]));
  await supervisor.begin();
  for (const name of NAMES) {
    await supervisor.untilStatus(name, ({ state, main }) => state === 'running' && main !== null);
    const pids = processesOf(supervisor, name);
    t.equal(pids.length, 1, `killed instead of ${point}: ${name} runs once`);
    for (const pid of before.get(name)!) t.ok(pids.includes(pid), `${name} is not started again`);
  }
}

for (const point of CRASHES) test(`killed instead of ${point}`, (t) => crashAt(t, point));

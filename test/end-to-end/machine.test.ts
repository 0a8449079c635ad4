import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mayMakeNamespaces, PidOne, scratchDirectory } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

const MOUNTS = ['/proc', '/sys', '/dev', '/dev/pts', '/run'];

/** A machine that has just booted, as far as a namespace can be one (there are two of /proc, that of the test's machine below): nothing is mounted but the root (and here /dev, without which there is no console). */
const JUST_BOOTED =
  'mount --make-rprivate / && hostname localhost && umount -l /sys && { umount -l /run; umount -l /proc && umount -l /proc; }';

const JOB = `start on startup
script
  hostname
  cut -d' ' -f5 /proc/self/mountinfo
  echo up
  exec sleep 1000
end script
`;

async function boot(t: Test): Promise<{ readonly init: PidOne; readonly log: readonly string[] }> {
  const directory = scratchDirectory(t);
  const init = new PidOne(t, directory, {
    namespaces: ['--uts'],
    before: JUST_BOOTED,
    args: ['--machine'],
    jobs: { 'job.conf': JOB },
  });
  const log = await until('the job', () => {
    const lines = textOf(join(directory, 'log', 'job.log')).split('\n');
    return lines.includes('up') && lines;
  });
  return { init, log };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

t.test(
  'the init of a machine mounts what is missing and names the machine before the first job',
  async (t) => {
    const { log } = await boot(t);
    for (const path of MOUNTS) t.ok(log.includes(path), path);
    const configured = textOf('/etc/hostname').trim();
    if (configured !== '') t.equal(log[0], configured);
  },
);

// the kernel ends the init of a pid namespace in place of the machine, and says how by the signal (reboot(2))
for (const [signal, ending] of [
  ['SIGTERM', 'SIGINT'],
  [39, 'SIGHUP'],
] as const) {
  t.test(`signal ${signal} stops the jobs and then ends the machine (${ending})`, async (t) => {
    const { init } = await boot(t);
    init.signal(signal);
    const { status, signal: seen, err } = await init.ended;
    t.equal(seen ?? status, ending, err);
  });
}

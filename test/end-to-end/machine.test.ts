import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fileURLToPath } from 'node:url';
import { mayMakeNamespaces, PidOne, scratchDirectory, Visitor } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

const MOUNTS = ['/proc', '/sys', '/dev', '/dev/pts', '/run'];

/** A machine that has just booted, as far as a namespace can be one (there are two of /proc, that of the test's machine below): nothing is mounted but the root (and here /dev, without which there is no console). */
/** The test's machine keeps its own wtmp; this one has one, too. */
const OWN_LOGS = 'mount -t tmpfs foster-test /var/log && : >/var/log/wtmp';

const JUST_BOOTED =
  OWN_LOGS +
  ' && mount --make-rprivate / && hostname localhost && umount -l /sys && { umount -l /run; umount -l /proc && umount -l /proc; }';

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

const BIN = fileURLToPath(new URL('../../../bin/upstart/', import.meta.url));

/** Before the programs of the machine that runs the test: it may have an init with the same names. */
const OWN_PATH = `${BIN}:/usr/sbin:/usr/bin:/sbin:/bin`;

/** Everything of runlevel 0 and 6 that an Ubuntu machine had: jobs that stop, and a task that takes its time. */
const LEVELS = {
  'service.conf':
    'start on runlevel [2345]\nstop on runlevel [!2345]\npost-stop exec echo stopped\nexec sleep 1000\n',
  'rc.conf':
    'start on runlevel [0123456]\nstop on runlevel [!$RUNLEVEL]\nexport RUNLEVEL\ntask\nscript\n' +
    '  echo "rc $RUNLEVEL after $PREVLEVEL, halt: ${INIT_HALT:-}"\nend script\n',
  'control-alt-delete.conf': `start on control-alt-delete\nenv PATH=${OWN_PATH}\nexec shutdown -r now "Control-Alt-Delete pressed"\n`,
  'last.conf': `start on runlevel [6]\nenv PATH=${OWN_PATH}\ntask\nscript\n  runlevel >"$LAST"\n  reboot -f\nend script\n`,
};

interface Booted {
  readonly init: PidOne;
  /** runs a line where the machine is, and answers what it printed */
  readonly shell: (line: string) => Promise<string>;
  readonly log: (job: string) => string;
}

/** Only `last.conf` ends the machine by itself: without it, foster does so when the jobs of the runlevel are done. */
async function bootInto(t: Test, ...without: string[]): Promise<Booted> {
  const directory = scratchDirectory(t);
  const last = join(directory, 'last');
  const jobs = Object.fromEntries(
    Object.entries(LEVELS)
      .filter(([name]) => !without.includes(name))
      .map(([name, text]) => [name, text.replace('$LAST', last)]),
  );
  const init = new PidOne(t, directory, {
    namespaces: ['--uts'],
    args: ['--machine'],
    before: OWN_LOGS,
    jobs,
  });
  const socket = join(directory, 'run', 'foster.sock');
  const log = (job: string): string => textOf(job === 'last' ? last : join(directory, 'log', `${job}.log`));
  const shell = async (line: string): Promise<string> => {
    const visitor = new Visitor(init.pid);
    await visitor.run(`export FOSTER_SOCKET='${socket}'; PATH='${OWN_PATH}'; ${line} 2>&1`);
    return visitor.out;
  };
  await until('an answer', async () => (await shell('runlevel')).startsWith('unknown'));
  await shell('telinit 2');
  await until('runlevel 2', () => log('rc').includes('rc 2 after N'));
  t.equal(await shell('runlevel'), 'N 2\n');
  return { init, shell, log };
}

for (const [line, seen, ending] of [
  ['shutdown -h now', /rc 0 after 2, halt: \n/, 'SIGINT'],
  ['shutdown -P now', /rc 0 after 2, halt: POWEROFF/, 'SIGINT'],
  ['halt', /rc 0 after 2, halt: HALT/, 'SIGINT'],
  ['poweroff', /rc 0 after 2, halt: POWEROFF/, 'SIGINT'],
  ['reboot', /rc 6 after 2, halt: \n/, 'SIGHUP'],
  ['telinit 6', /rc 6 after 2/, 'SIGHUP'],
] as const) {
  t.test(`${line} goes to its runlevel, and then ends the machine`, async (t) => {
    const { init, shell, log } = await bootInto(t, 'last.conf');
    await shell(line);
    const { signal, err } = await init.ended;
    t.match(log('rc'), seen);
    t.equal(signal, ending, err);
  });
}

t.test('the scripts of the runlevel may end the machine themselves', async (t) => {
  const { init, shell, log } = await bootInto(t);
  await shell('shutdown -r now');
  const { signal, err } = await init.ended;
  t.equal(log('last'), '2 6\n');
  t.equal(signal, 'SIGHUP', err);
});

t.test('Ctrl-Alt-Del is an event, whose job may call shutdown', async (t) => {
  const { init, log } = await bootInto(t, 'last.conf');
  init.signal('SIGINT');
  const { signal, err } = await init.ended;
  t.match(log('rc'), /rc 6 after 2/);
  t.equal(signal, 'SIGHUP', err);
});

t.test('a shutdown that waits can be cancelled', async (t) => {
  const { shell } = await bootInto(t, 'last.conf');
  const waiting = shell('shutdown -h +90');
  await until('the shutdown', async () => /^\d+\n$/.test(await shell('cat /var/run/shutdown.pid')));
  t.match(await shell('shutdown -h +80'), /Another shutdown is already running/);
  t.equal(await shell('shutdown -c'), '');
  t.match(await waiting, /Shutdown cancelled/);
  t.match(await shell('shutdown -c'), /Cannot find pid of running shutdown/);
  t.equal(await shell('runlevel'), 'N 2\n', 'nothing has happened');
});

/** A clean Debian in a directory, and programs run in it, in pid, mount, network and cgroup namespaces of their own. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { outcomeOf, plainEnvironment, spawnChild, type Outcome } from '../../helpers/child.js';
import { until } from '../../helpers/until.js';

const DEBOOTSTRAP = '/usr/sbin/debootstrap';

/** The first Debian whose Node.js is new enough. */
const SUITE = 'trixie';

/** Nothing is run where this file is not: a package is not to be installed on the machine itself. */
const MARK = '/.clean-root-of-a-test';

/** Why no clean root can be made here; false where it can. */
export const withoutCleanRoot =
  process.getuid?.() !== 0
    ? 'needs root'
    : existsSync(DEBOOTSTRAP)
      ? false
      : `needs ${DEBOOTSTRAP} (Debian package debootstrap)`;

/**
 * Mounts what a machine or container has; $1 is the root, and the rest the first program. The groups of this machine are those
 * below the one in which the test runs, on version 1 those of systemd's own hierarchy.
 */
const ENTER = `
set -e
R=$1
shift
mount --make-rprivate /
mount --bind "$R" "$R"
mount -t proc proc "$R/proc"
mount -t sysfs -o ro sysfs "$R/sys"
mount -t tmpfs -o mode=755 foster-test "$R/run"
mount -t tmpfs -o mode=755 foster-test "$R/dev"
for device in null zero full random urandom tty; do
  : >"$R/dev/$device"
  mount --bind "/dev/$device" "$R/dev/$device"
done
mkdir "$R/dev/pts" "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
: >"$R/dev/console"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 foster-test "$R/sys/fs/cgroup"
  mkdir "$R/sys/fs/cgroup/systemd" "$R/sys/fs/cgroup/unified"
  mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup/unified"
  mount -t cgroup -o none,name=systemd,xattr systemd "$R/sys/fs/cgroup/systemd"
fi
exec chroot "$R" "$@"
`;

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TERM: 'dumb', LANG: 'C.UTF-8' };

/** Clean roots cost a minute each, so a test makes one for all that it tries. */
export async function makeCleanRoot(t: Test, packages: readonly string[]): Promise<CleanRoot> {
  const directory = mkdtempSync(join(tmpdir(), 'foster-root-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const root = join(directory, 'root');
  const args = ['--variant=minbase', `--include=${packages.join(',')}`, SUITE, root];
  const { status, out, err } = await outcomeOf(
    spawnChild(DEBOOTSTRAP, args, { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  if (status !== 0)
    throw new Error(`debootstrap ended with ${status}: ${out.slice(-2000)}${err.slice(-2000)}`);
  writeFileSync(join(root, MARK), '');
  return new CleanRoot(root);
}

export class CleanRoot {
  constructor(readonly directory: string) {}

  /** Starts a first program, and everything ends with it. */
  async boot(t: Test, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Booted> {
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--cgroup', '--uts', '--ipc', '--net'];
    const args = [...namespaces, 'sh', '-c', ENTER, 'sh', this.directory, ...argv];
    const child = spawnChild('unshare', args, { env: { ...ENVIRONMENT, ...env }, stdio: 'ignore' });
    const ended = outcomeOf(child);
    const end = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    t.teardown(end);
    const pid = await until('the first program', () => childOf(child));
    const booted = new Booted(pid, end);
    await until(
      `the root of ${argv.join(' ')}`,
      async () => (await booted.run('test -e /dev/console')).status === 0,
    );
    return booted;
  }
}

/** A running system in a clean root. */
export class Booted {
  constructor(
    /** of the first program, as it is seen from here */
    readonly pid: number,
    /** ends everything in it at once */
    readonly end: () => Promise<void>,
  ) {}

  /** Runs a shell script in it. */
  run(script: string): Promise<Outcome> {
    const args = [
      '--target',
      `${this.pid}`,
      '--all',
      '--root',
      '--wd',
      'sh',
      '-c',
      `test -e ${MARK} || exit 125\n${script}`,
    ];
    return outcomeOf(spawnChild('nsenter', args, { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** @returns what it prints @throws with what it says where it fails */
  async does(script: string): Promise<string> {
    const { status, out, err } = await this.run(script);
    if (status !== 0) throw new Error(`${script}: status ${status}: ${out}${err}`);
    return out.trim();
  }
}

function childOf({ pid }: ChildProcess): number | undefined {
  if (pid === undefined) return undefined;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return children === '' ? undefined : Number.parseInt(children, 10);
}

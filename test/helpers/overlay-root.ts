/**
 * A root file system of its own for `foster init --machine`: the machine's files below a layer in memory, so that job files
 * may write, remove and mount what they like. Shell text for the `before` of PidOne.
 */
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** Rights that reach beyond namespaces: the clock, modules, devices, the log of the kernel. */
const WITHHELD = ['sys_module', 'sys_rawio', 'sys_time', 'mknod', 'sys_admin', 'syslog', 'bpf'];

/** Words before those of foster. */
export const withoutReach = ['setpriv', '--bounding-set', WITHHELD.map((right) => `-${right}`).join(',')];

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/**
 * @param directory where the overlay is put together; it is seen inside under the same path, as are Node.js and the project
 * @param prepare further shell lines, with the new root in $R
 */
export function overlayRoot(directory: string, prepare: readonly string[] = []): string {
  const shown = [directory, projectRoot].map((path) => path.replace(/\/$/, ''));
  return [
    'mount --make-rprivate /',
    'O=/mnt && mount -t tmpfs foster-test $O && mkdir $O/up $O/work $O/root && R=$O/root',
    'mount -t overlay -o lowerdir=/,upperdir=$O/up,workdir=$O/work overlay $R',
    `N="${process.execPath}"; [ -e "$R$N" ] || { mkdir -p "$(dirname "$R$N")" && : >"$R$N" && mount --bind "$N" "$R$N"; }`,
    'mount -t proc proc $R/proc && mount --bind $R/proc/sys $R/proc/sys && mount -o remount,ro,bind $R/proc/sys',
    'mount -t sysfs -o ro sysfs $R/sys',
    'mount -t tmpfs -o mode=0755 foster-test $R/dev && mkdir $R/dev/pts $R/dev/shm',
    ...DEVICES.map((name) => `: >$R/dev/${name} && mount --bind /dev/${name} $R/dev/${name}`),
    'mount -t devpts -o newinstance,ptmxmode=0666 devpts $R/dev/pts && ln -s pts/ptmx $R/dev/ptmx',
    'ln -s /proc/self/fd $R/dev/fd',
    'mount -t tmpfs -o mode=0755 foster-test $R/run && mount -t tmpfs -o mode=0755 foster-test $R/var/log',
    // on another file system than the root's, they are not below the overlay; last, since they may be in a place above
    ...shown.map((path) => `mkdir -p "$R${path}" && mount --bind "${path}" "$R${path}"`),
    '{ ip link set lo up || true; }',
    ...prepare,
    'cd $R && mkdir -p .old && pivot_root . .old && umount -l /.old && cd /',
  ].join(' && ');
}

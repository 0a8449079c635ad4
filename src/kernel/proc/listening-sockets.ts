/** Finds the process that listens on a TCP port, from /proc (proc_pid_net(5)). */

import { listProc, readProcFile, readProcLink } from './proc-file.js';

/** `st` of /proc/net/tcp: TCP_LISTEN in <linux/tcp_states.h> */
const LISTEN = '0A';

/**
 * Returns the inodes of listening TCP sockets in this process's network namespace, by port; none if it is
 * gone.
 *
 * The kernel walks its whole table of connections for this: it takes milliseconds.
 * @throws SystemError
 */
export function listeningSockets(pid: number): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const table of ['tcp', 'tcp6']) {
    const text = readProcFile(`/proc/${pid}/net/${table}`)?.toString('latin1') ?? '';
    for (const line of text.split('\n').slice(1)) {
      // number, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode
      const columns = line.trim().split(/ +/, 10);
      if (columns[3] !== LISTEN) continue;
      const port = Number.parseInt(columns[1]?.split(':')[1] ?? '', 16);
      found.set(port, [...(found.get(port) ?? []), columns[9] ?? '']);
    }
  }
  return found;
}

/**
 * Tests whether the process has one of these sockets open; undefined if that is hidden: a process of another
 * uid, without the capability to trace it.
 * @throws SystemError
 */
export function hasSocket(pid: number, inodes: readonly string[]): boolean | undefined {
  const open = descriptorsOf(pid);
  if (open === 'refused') return undefined;
  return open !== undefined && inodes.some((inode) => open.has(`socket:[${inode}]`));
}

/**
 * Returns the kernel's names of a process's open descriptors; result as `listProc`. Omits one that is closed
 * meanwhile.
 */
function descriptorsOf(pid: number): ReadonlySet<string> | undefined | 'refused' {
  const directory = `/proc/${pid}/fd`;
  const names = listProc(directory);
  if (names === undefined || names === 'refused') return names;
  return new Set(names.flatMap((fd) => readProcLink(`${directory}/${fd}`) ?? []));
}

/** `Flags` of /proc/net/unix: __SO_ACCEPTCON in <linux/net.h> */
const ACCEPTS = 0x10000;

/**
 * Tests whether the process listens on a stream socket that `other` does not have open; undefined if the
 * descriptors of either are hidden, or it is gone.
 */
export function listensAlone(pid: number, other: number): boolean | undefined {
  const own = socketsOf(pid);
  if (own === undefined || own.size === 0) return own && false;
  const shared = socketsOf(other);
  if (shared === undefined) return undefined;
  const alone = new Set([...own].filter((inode) => !shared.has(inode)));
  return alone.size > 0 && listeningInodes(pid).some((inode) => alone.has(inode));
}

/** Returns the inodes of a process's open sockets; undefined if they are hidden, or it is gone. */
function socketsOf(pid: number): ReadonlySet<string> | undefined {
  const open = descriptorsOf(pid);
  if (open === undefined || open === 'refused') return undefined;
  return new Set([...open].flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** Returns the inodes of all listening stream sockets, TCP and Unix, in this process's network namespace. */
function listeningInodes(pid: number): readonly string[] {
  const rowsOf = (table: string): string[][] =>
    (readProcFile(`/proc/${pid}/net/${table}`)?.toString('latin1') ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/ +/));
  const tcp = ['tcp', 'tcp6'].flatMap(rowsOf).filter(([, , , state]) => state === LISTEN);
  const unix = rowsOf('unix').filter(([, , , flags]) => (Number.parseInt(flags ?? '0', 16) & ACCEPTS) !== 0);
  return [...tcp.map((columns) => columns[9] ?? ''), ...unix.map((columns) => columns[6] ?? '')];
}

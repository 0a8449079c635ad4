/**
 * Opens listening sockets for jobs: foster accepts no connection itself, and passes the descriptor to a job.
 * Node's own servers accept everything at once.
 */

import { chmodSync, closeSync, lstatSync, rmSync } from 'node:fs';

import { lastError, lazily, libc } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM, SOL_SOCKET, unixAddress } from './unix-address.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    socket: declare('int', 'socket', ['int', 'int', 'int']),
    setsockopt: declare('int', 'setsockopt', ['int', 'int', 'int', 'void *', 'unsigned int']),
    bind: declare('int', 'bind', ['int', 'void *', 'unsigned int']),
    listen: declare('int', 'listen', ['int', 'int']),
    toBinary: declare('int', 'inet_pton', ['int', 'str', 'void *']),
    fcntl: declare('int', 'fcntl', ['int', 'int', 'long']),
  };
});

/** <bits/socket.h>, <asm-generic/socket.h>, <netinet/in.h> */
const FAMILIES = { unix: AF_UNIX, inet: 2, inet6: 10 } as const;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

/** <asm-generic/fcntl.h> */
const F_SETFL = 4;

/** listen(2): the kernel limits it to net.core.somaxconn, which has defaulted to this since Linux 5.4 */
const BACKLOG = 4096;

/** struct sockaddr_in and sockaddr_in6: family, port in network order, then the address, in version 6 after a flow label */
const INET = { size: 16, address: 4 } as const;
const INET6 = { size: 28, address: 8 } as const;

export type SocketAddress =
  | { readonly family: 'inet' | 'inet6'; readonly address: string; readonly port: number }
  /** with a leading `@`: a name in the abstract namespace (unix(7)) */
  | { readonly family: 'unix'; readonly path: string };

/**
 * Opens a listening stream socket. Its descriptor is close-on-exec and blocking, as inheriting programs
 * expect (sd_listen_fds(3)). Replaces a leftover socket file; everybody may connect to the new one.
 *
 * @throws SystemError, and RangeError for an invalid address
 */
export function listenOn(address: SocketAddress): number {
  const name = addressName(address);
  const bytes = address.family === 'unix' ? unixAddress(address.path) : internetAddress(address);
  const fd = calls().socket(FAMILIES[address.family], SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw lastError('socket', `open a socket for ${name}`);
  try {
    if (address.family !== 'unix') setOption(fd, SOL_SOCKET, SO_REUSEADDR);
    // allows a job to use the same port for both versions
    if (address.family === 'inet6') setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    removeSocketFile(address);
    if (calls().bind(fd, bytes, bytes.length) !== 0) throw lastError('bind', `bind ${name}`);
    if (isFile(address)) chmodSync(address.path, 0o666);
    if (calls().listen(fd, BACKLOG) !== 0) throw lastError('listen', `listen on ${name}`);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Makes a socket of `listenOn` blocking again. The flag belongs to the open file, which jobs share, and libuv
 * sets it on everything that it watches: a server that waits in accept(2) would get EAGAIN instead of its
 * second connection.
 * @throws SystemError
 */
export function makeBlocking(fd: number): void {
  if (calls().fcntl(fd, F_SETFL, 0) !== 0) throw lastError('fcntl', `make the socket ${fd} blocking`);
}

/**
 * Closes a socket of `listenOn`, and removes its file. Other processes with the descriptor keep listening.
 */
export function closeListening(fd: number, address: SocketAddress): void {
  closeSync(fd);
  removeSocketFile(address);
}

/** Formats `127.0.0.1:80`, `[::1]:80`, or the path. */
export function addressName(address: SocketAddress): string {
  if (address.family === 'unix') return address.path;
  const host = address.family === 'inet6' ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}

function internetAddress({ family, address, port }: SocketAddress & { family: 'inet' | 'inet6' }): Buffer {
  const layout = family === 'inet' ? INET : INET6;
  const bytes = allocatePinned(layout.size);
  if (calls().toBinary(FAMILIES[family], address, bytes.subarray(layout.address)) !== 1) {
    throw new RangeError(`${address} is no address of PROTO=${family}`);
  }
  viewOf(bytes).setUint16(0, FAMILIES[family], HOST_IS_LITTLE_ENDIAN);
  viewOf(bytes).setUint16(2, port);
  return bytes;
}

function isFile(address: SocketAddress): address is SocketAddress & { family: 'unix' } {
  return address.family === 'unix' && !address.path.startsWith('@');
}

function removeSocketFile(address: SocketAddress): void {
  if (!isFile(address)) return;
  if (lstatSync(address.path, { throwIfNoEntry: false })?.isSocket() === true)
    rmSync(address.path, { force: true });
}

function setOption(fd: number, level: number, option: number): void {
  const on = allocatePinned(4);
  viewOf(on).setInt32(0, 1, HOST_IS_LITTLE_ENDIAN);
  if (calls().setsockopt(fd, level, option, on, on.length) !== 0)
    throw lastError('setsockopt', `set option ${option} of a socket`);
}

/** The file that a socket was bound to. */
export interface SocketName {
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * Returns the socket at the path; undefined if there is none. @throws the errors of lstat(2) except ENOENT
 */
export function socketAt(path: string): SocketName | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isSocket() === true ? { dev: stats.dev, ino: stats.ino } : undefined;
}

/** Tests whether that socket's file is still there. */
export function isSocketAt(path: string, name: SocketName | undefined): boolean {
  const now = socketAt(path);
  return now !== undefined && now.ino === name?.ino && now.dev === name.dev;
}

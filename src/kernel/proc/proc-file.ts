/**
 * The only way to read /proc (and the files of control groups). Any process may vanish at any moment, and
 * descriptors or memory may run out. None of that is an error in foster, so it is handled here for all.
 * eslint.config.js forbids other ways, and lists the modules that name something in /proc for another purpose
 * than reading it.
 *
 * | the kernel answers | meaning here |
 * | --- | --- |
 * | ENOENT, ESRCH, ENOTDIR | the process, the thread or the descriptor is gone |
 * | ENXIO, EINVAL | its network or mount namespace is gone, too (/proc/PID/net, /proc/PID/mountinfo) |
 * | ENODEV, EOPNOTSUPP | the control group was removed while its file was open; it has no such figure |
 * | EACCES, EPERM | it may not be read |
 * | EINTR | retry |
 * | EMFILE, ENFILE, ENOMEM | wait (shortage.ts) |
 *
 * node:fs throws an exception with a stack trace for every process that is gone, which is the usual case here
 * and costs more than the system calls. So open, read and close go directly to the C library.
 */
import { readdirSync } from 'node:fs';
import {
  EACCES,
  EINTR,
  EINVAL,
  ENODEV,
  ENOENT,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  ESRCH,
  fromNodeError,
} from '../errno.js';
import { lastError, lazily, libc } from '../libc.js';
import { addressOf, allocatePinned } from '../pinned-buffer.js';
import { waitOutShortage } from '../shortage.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    open: declare('int', 'open', ['str', 'int']),
    read: declare('int64_t', 'read', ['int', 'void *', 'uint64_t']),
    close: declare('int', 'close', ['int']),
    readlink: declare('int64_t', 'readlink', ['str', 'void *', 'uint64_t']),
  };
});

const O_CLOEXEC = 0o2000000;

/** One page holds every file of a process except arguments and environment, which enlarge the buffer. */
const SMALL = 4096;
/** The largest buffer that is kept: enough for a few processes with long arguments. */
const KEPT = 1024 * 1024;

let buffer = allocatePinned(SMALL);
let address = lazily(() => addressOf(buffer));

function use(other: Buffer): void {
  buffer = other;
  address = lazily(() => addressOf(other));
}

function grow(): void {
  const larger = allocatePinned(buffer.length * 4);
  buffer.copy(larger);
  use(larger);
}

const GONE = new Set([ENOENT, ESRCH, ENOTDIR, ENXIO, EINVAL, ENODEV, EOPNOTSUPP]);
const REFUSED = new Set([EACCES, EPERM]);

/**
 * Throws if the error is no answer. The error object is made only then: its stack trace takes longer than the
 * system call.
 */
function requireAbsent(syscall: string, path: string): void {
  const errno = libc().koffi.errno();
  if (!GONE.has(errno) && !REFUSED.has(errno)) throw lastError(syscall, `read ${path}`);
}

/**
 * Reads a file that the kernel generates in one piece and that fits a page (stat, status), into a Buffer that
 * the next call overwrites.
 * @returns undefined if the process is gone or may not be looked at
 * @throws SystemError for any other failure
 */
export function readProcRecord(path: string): Buffer | undefined {
  return withFile(path, (fd) => {
    const count = readAt(fd, 0, path);
    return count === undefined ? undefined : buffer.subarray(0, count);
  });
}

/** Half a million sockets in /proc/net/tcp: a longer file is not genuine. */
const LONGEST = 64 * 1024 * 1024;

/**
 * Reads a file of any length to its end: a list that the kernel generates piece by piece (children) may come
 * in short reads.
 * @param longest bytes after which the rest is dropped
 */
export function readProcFile(path: string, longest = LONGEST): Buffer | undefined {
  // a large buffer is not kept for ever
  if (buffer.length > KEPT) use(allocatePinned(SMALL));
  return withFile(path, (fd) => {
    let length = 0;
    for (;;) {
      const count = readAt(fd, length, path);
      if (count === undefined) return undefined;
      length += count;
      if (count === 0 || length >= longest) return buffer.subarray(0, Math.min(length, longest));
      if (length === buffer.length) grow();
    }
  });
}

/** Returns the text of such a file; empty if there is none. */
export function readProcText(path: string): string {
  return readProcFile(path)?.toString('utf8') ?? '';
}

/** Returns the target of a link in /proc, with the same rules. */
export function readProcLink(path: string): string | undefined {
  return waitOutShortage(() => {
    const length = calls().readlink(path, address(), buffer.length);
    if (length >= 0) return buffer.toString('utf8', 0, length);
    requireAbsent('readlink', path);
    return undefined;
  });
}

/**
 * Returns the names in a directory of /proc. Only names: for types Node would call lstat(2), and throw for
 * entries that have gone meanwhile.
 * @returns undefined if the directory is gone, `refused` if it may not be read
 * @throws SystemError for any other failure
 */
export function listProc(path: string): readonly string[] | undefined | 'refused' {
  try {
    return waitOutShortage(() => readdirSync(path));
  } catch (error) {
    const failure = fromNodeError(error, `list ${path}`);
    if (GONE.has(failure.errno)) return undefined;
    if (REFUSED.has(failure.errno)) return 'refused';
    throw failure;
  }
}

/** Reads even without free descriptors or memory: foster cannot decide anything without /proc. */
function withFile(path: string, read: (fd: number) => Buffer | undefined): Buffer | undefined {
  return waitOutShortage(() => openAndRead(path, read));
}

function openAndRead(path: string, read: (fd: number) => Buffer | undefined): Buffer | undefined {
  const { open, close } = calls();
  const fd = open(path, O_CLOEXEC);
  if (fd < 0) {
    requireAbsent('open', path);
    return undefined;
  }
  try {
    return read(fd);
  } finally {
    close(fd);
  }
}

function readAt(fd: number, offset: number, path: string): number | undefined {
  for (;;) {
    const count = calls().read(fd, address() + BigInt(offset), buffer.length - offset);
    if (count >= 0) return count;
    if (libc().koffi.errno() === EINTR) continue;
    requireAbsent('read', path);
    return undefined;
  }
}

/**
 * Returns a path to what this descriptor has open, even if it was renamed or removed: for opening it again,
 * or for looking something up in it.
 */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/**
 * The one way to ask /proc (and the files of control groups): whatever is asked about may vanish at any moment, and descriptors
 * or memory may be lacking. None of that is an error of foster's, so it is dealt with here once and for all; eslint.config.js
 * forbids the other ways, and lists the modules that name something of /proc for another purpose than reading it.
 *
 * | what the kernel answers | what that means here |
 * | --- | --- |
 * | ENOENT, ESRCH, ENOTDIR | the process, the thread or the descriptor has gone |
 * | ENXIO, EINVAL | its network or mount namespace has gone with it (/proc/PID/net, /proc/PID/mountinfo) |
 * | ENODEV, EOPNOTSUPP | the control group has been removed while its file was open; it has no such figure |
 * | EACCES, EPERM | it may not be looked at |
 * | EINTR | once more |
 * | EMFILE, ENFILE, ENOMEM | a wait (shortage.ts) |
 *
 * node:fs makes an exception with a stack trace of every process that is gone, which is the usual case here, and that costs
 * more than the system calls: so open, read and close go straight to the C library.
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

/** One page holds every file of a process but its arguments and environment, which make the buffer grow. */
const SMALL = 4096;
/** What a few long arguments on the machine make of it. */
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

/** The error is made only for what is no answer: its stack trace takes longer than the system call. */
function requireAbsent(syscall: string, path: string): void {
  const errno = libc().koffi.errno();
  if (!GONE.has(errno) && !REFUSED.has(errno)) throw lastError(syscall, `read ${path}`);
}

/**
 * A file that the kernel makes in one piece and that fits a page (stat, status), in a Buffer that the next call overwrites.
 * @returns undefined when the process is gone or may not be looked at
 * @throws SystemError for any other failure
 */
export function readProcRecord(path: string): Buffer | undefined {
  return withFile(path, (fd) => {
    const count = readAt(fd, 0, path);
    return count === undefined ? undefined : buffer.subarray(0, count);
  });
}

/** Half a million sockets in /proc/net/tcp: what is longer is not made by the kernel alone. */
const LONGEST = 64 * 1024 * 1024;

/**
 * The same for a file of any length: until the end, since a list that the kernel makes piece by piece (children) may
 * come in short reads.
 * @param longest bytes after which the rest is left out
 */
export function readProcFile(path: string, longest = LONGEST): Buffer | undefined {
  // what was larger once is not held for ever
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

/** The text of such a file; empty where there is none. */
export function readProcText(path: string): string {
  return readProcFile(path)?.toString('utf8') ?? '';
}

/** Where a link of /proc points to, with the same rules. */
export function readProcLink(path: string): string | undefined {
  return waitOutShortage(() => {
    const length = calls().readlink(path, address(), buffer.length);
    if (length >= 0) return buffer.toString('utf8', 0, length);
    requireAbsent('readlink', path);
    return undefined;
  });
}

/**
 * The names in a directory of /proc. Only names: for their types Node would ask lstat(2), and throw for what has gone meanwhile.
 * @returns undefined when the directory is gone, `refused` when it may not be looked into
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

/** A process is looked at also when descriptors or memory are lacking: foster cannot decide anything without. */
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

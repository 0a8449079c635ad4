/**
 * Lists the names in a directory with their types, in pieces (getdents64(2)).
 *
 * Node's own `withFileTypes` calls lstat(2) if the kernel returns no type, and throws if the entry has gone
 * meanwhile. /proc returns no type for a process that ends during the listing: on a busy machine that happens
 * every few minutes.
 */
import { constants } from 'node:fs';

import { EINTR } from '../errno.js';
import { lastError, lazily, libc, SYS_GETDENTS64 } from '../libc.js';
import { allocatePinned, HOST_IS_LITTLE_ENDIAN, viewOf } from '../pinned-buffer.js';
import { waitOutShortage } from '../shortage.js';

const calls = lazily(() => {
  const { declare } = libc();
  return {
    open: declare('int', 'open', ['str', 'int']),
    getdents64: declare('long', 'syscall', ['long', 'int', 'void *', 'unsigned long']),
    close: declare('int', 'close', ['int']),
  };
});

const O_CLOEXEC = 0o2000000;

/** `unknown`: the file system does not report it, or the entry is gone */
type EntryType = 'directory' | 'file' | 'other' | 'unknown';

interface DirectoryEntry {
  readonly name: string;
  readonly type: EntryType;
}

/** Some hundred entries take a third of a millisecond; then the caller may do something else. */
const PIECE = 4096;

/** struct linux_dirent64 (getdents(2)): inode 8, offset 8, length of the record 2, type 1, name with a NUL byte */
const RECORD_LENGTH = 16;
const TYPE = 18;
const NAME = 19;

/** `DT_*` of <dirent.h> */
const TYPES: Readonly<Record<number, EntryType>> = { 0: 'unknown', 4: 'directory', 8: 'file' };

/**
 * Lists a directory, without `.` and `..`. An entry that vanishes during the listing may be listed or not.
 * @throws SystemError if it cannot be opened or read (ENOENT, ESRCH: it is gone)
 */
export function* directoryEntries(path: string): Generator<DirectoryEntry> {
  const { open, close } = calls();
  const fd = waitOutShortage(() => {
    const opened = open(path, constants.O_RDONLY | constants.O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) throw lastError('open', `list ${path}`);
    return opened;
  });
  try {
    const piece = allocatePinned(PIECE);
    const next = (): number => waitOutShortage(() => fill(fd, piece, path));
    for (let length = next(); length > 0; length = next()) yield* parse(piece, length);
  } finally {
    close(fd);
  }
}

function fill(fd: number, piece: Buffer, path: string): number {
  for (;;) {
    const length = calls().getdents64(SYS_GETDENTS64, fd, piece, piece.length);
    if (length >= 0) return length;
    if (libc().koffi.errno() !== EINTR) throw lastError('getdents64', `list ${path}`);
  }
}

function* parse(piece: Buffer, length: number): Generator<DirectoryEntry> {
  const view = viewOf(piece);
  for (let at = 0; at < length; at += view.getUint16(at + RECORD_LENGTH, HOST_IS_LITTLE_ENDIAN)) {
    const name = piece.toString('utf8', at + NAME, piece.indexOf(0, at + NAME));
    if (name === '.' || name === '..') continue;
    yield { name, type: TYPES[piece[at + TYPE]!] ?? 'other' };
  }
}

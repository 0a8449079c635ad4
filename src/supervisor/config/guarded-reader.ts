/**
 * Reads job files for a supervisor of root: only files that nobody else can write, since a writer could make root run
 * any program. cron(8) and sudo(8) do the same.
 */
import { closeSync, fstatSync } from 'node:fs';
import { LARGEST_JOB_FILE, type DirectoryReader } from '../../jobfile/files/directory-reader.js';
import { findOwnerFault, findWriter, lookAt, type PathFault } from '../../kernel/files/path-trust.js';
import { openRegularFile, readDescriptor } from '../../kernel/files/read-file.js';
import type { Report } from '../log/log.js';

const ROOT_ALONE = { users: [0], groups: [0] } as const;

/** Others can change the job file or its directory. */
class UntrustedFileError extends Error {
  override readonly name = 'UntrustedFileError';

  constructor({ reason, remedy }: PathFault) {
    super(`it ${reason}, who could so run any program as root (${remedy})`);
  }
}

interface GuardOptions {
  readonly reader: DirectoryReader;
  /** an administrator named the directories, which may belong to another user: a clone, or a mount in a container */
  readonly isNamed: boolean;
  readonly report: Report;
}

/** Returns a reader that throws an UntrustedFileError for files that others can change. */
export function guardedReader({ reader, isNamed, report }: GuardOptions): DirectoryReader {
  const warned = new Set<number>();
  const check = (path: string, entry: { uid: number; gid: number; mode: number }): void => {
    const writer = findWriter(path, entry, ROOT_ALONE);
    if (writer !== undefined) throw new UntrustedFileError(writer);
    const owner = findOwnerFault(path, entry, ROOT_ALONE);
    if (owner === undefined) return;
    if (!isNamed) throw new UntrustedFileError(owner);
    // warns once for all files of a user
    if (warned.has(entry.uid)) return;
    warned.add(entry.uid);
    report('warn', `${path} ${owner.reason}, who can so run any program as root (${owner.remedy})`);
  };
  return {
    ...reader,
    list: (directory) => {
      const entry = lookAt(directory, 'follow');
      if (entry !== undefined) check(directory, entry);
      return reader.list(directory);
    },
    read: (path) => readChecked(path, check),
  };
}

/** Checks the open file, not its name, which might mean another file by then. */
function readChecked(
  path: string,
  check: (path: string, entry: { uid: number; gid: number; mode: number }) => void,
): string {
  const fd = openRegularFile(path);
  try {
    check(path, fstatSync(fd));
    return readDescriptor(fd, path, { limit: LARGEST_JOB_FILE }).toString('utf8');
  } finally {
    closeSync(fd);
  }
}

/**
 * What root's supervisor reads of job files: only what nobody else can write, since whoever can has root run any program.
 * cron(8) and sudo(8) do the same with their files.
 */
import { closeSync, fstatSync } from 'node:fs';
import { LARGEST_JOB_FILE, type DirectoryReader } from '../../jobfile/files/directory-reader.js';
import { findOwnerFault, findWriter, lookAt, type PathFault } from '../../kernel/files/path-trust.js';
import { openRegularFile, readDescriptor } from '../../kernel/files/read-file.js';
import type { Report } from '../log/log.js';

const ROOT_ALONE = { users: [0], groups: [0] } as const;

/** A job file, or a directory of job files, that others can change. */
export class UntrustedFileError extends Error {
  override readonly name = 'UntrustedFileError';

  constructor({ reason, remedy }: PathFault) {
    super(`it ${reason}, who could so run any program as root (${remedy})`);
  }
}

export interface GuardOptions {
  readonly reader: DirectoryReader;
  /** an administrator has named the directories: a clone, or what is mounted into a container, may be another user's */
  readonly isNamed: boolean;
  readonly report: Report;
}

/** The reader, refusing with an UntrustedFileError what others can change. */
export function guardedReader({ reader, isNamed, report }: GuardOptions): DirectoryReader {
  const warned = new Set<number>();
  const check = (path: string, entry: { uid: number; gid: number; mode: number }): void => {
    const writer = findWriter(path, entry, ROOT_ALONE);
    if (writer !== undefined) throw new UntrustedFileError(writer);
    const owner = findOwnerFault(path, entry, ROOT_ALONE);
    if (owner === undefined) return;
    if (!isNamed) throw new UntrustedFileError(owner);
    // one word for all files of a clone
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

/** Looks at the very file that is read, not at its name. */
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

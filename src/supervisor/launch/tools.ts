/**
 * Finds programs that change their own identity or root directory and then execute another program. foster cannot
 * change its own.
 */
import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BECOME_PROGRAM } from '../../installation.js';
import { statIfPossible } from '../../kernel/files/stat.js';

export interface Tools {
  /** setpriv(1) of util-linux */
  readonly setpriv?: string;
  /** any chroot(1) */
  readonly chroot?: string;
  /** chroot(1) of GNU coreutils, which also changes the identity */
  readonly gnuChroot?: string;
  /** env(1), for variables with names that a shell drops */
  readonly env?: string;
  /** foster's own substitute for all of them: Node and become.js */
  readonly self?: { readonly node: string; readonly become: string };
}

const DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Multi-call programs, which lack most options (Alpine, small images). */
const MULTI_CALL = new Set(['busybox', 'toybox']);

export function findTools(directories: readonly string[] = DIRECTORIES): Tools {
  const setpriv = find('setpriv', directories);
  const chroot = find('chroot', directories);
  const env = find('env', directories);
  return {
    ...(setpriv !== undefined && !isMultiCall(setpriv) && { setpriv }),
    ...(chroot !== undefined && { chroot }),
    ...(chroot !== undefined && !isMultiCall(chroot) && { gnuChroot: chroot }),
    ...(env !== undefined && { env }),
    self: { node: process.execPath, become: BECOME_PROGRAM },
  };
}

function find(name: string, directories: readonly string[]): string | undefined {
  return directories.map((directory) => join(directory, name)).find((path) => statIfPossible(path)?.isFile());
}

function isMultiCall(path: string): boolean {
  return MULTI_CALL.has(basename(realpathSync(path)));
}

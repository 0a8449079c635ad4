/** Programs of the machine that do to themselves, before they execute another, what the supervisor may not do to itself. */
import { realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BECOME_PROGRAM } from '../../installation.js';

export interface Tools {
  /** setpriv(1) of util-linux */
  readonly setpriv?: string;
  /** chroot(1) of any make */
  readonly chroot?: string;
  /** chroot(1) of GNU coreutils, which also changes the identity */
  readonly gnuChroot?: string;
  /** env(1), for variables whose names a shell does not let through */
  readonly env?: string;
  /** foster's own substitute for all of them: Node, and become.js for it to run */
  readonly self?: { readonly node: string; readonly become: string };
}

const DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Programs that call themselves by many names and know few of the options (Alpine, small images). */
const BOXES = new Set(['busybox', 'toybox']);

export function findTools(directories: readonly string[] = DIRECTORIES): Tools {
  const setpriv = find('setpriv', directories);
  const chroot = find('chroot', directories);
  const env = find('env', directories);
  return {
    ...(setpriv !== undefined && !isBox(setpriv) && { setpriv }),
    ...(chroot !== undefined && { chroot }),
    ...(chroot !== undefined && !isBox(chroot) && { gnuChroot: chroot }),
    ...(env !== undefined && { env }),
    self: { node: process.execPath, become: BECOME_PROGRAM },
  };
}

function find(name: string, directories: readonly string[]): string | undefined {
  return directories
    .map((directory) => join(directory, name))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

function isBox(path: string): boolean {
  return BOXES.has(basename(realpathSync(path)));
}

/** What the tests of real daemons need; where something is missing they are skipped, and say why. */
import { accessSync, constants } from 'node:fs';

/** Daemons live in /usr/sbin, which an ordinary user's PATH may lack. */
const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What makes a private place: namespaces and a network that loops back. */
const TOOLS = { unshare: 'util-linux', nsenter: 'util-linux', mount: 'mount', ip: 'iproute2', bash: 'bash' };

/** @param program a name to be found in the usual directories, or a path */
export function isInstalled(program: string): boolean {
  const paths = program.includes('/') ? [program] : DIRECTORIES.map((directory) => `${directory}/${program}`);
  return paths.some(isExecutable);
}

/**
 * For the `skip` option of a test.
 * @param programs program -> Debian package that brings it
 * @returns why it cannot run here, or false
 */
export function missing(programs: Readonly<Record<string, string>>): string | false {
  if (process.getuid?.() !== 0) return 'real daemons need root, and private namespaces';
  for (const [program, inPackage] of Object.entries({ ...TOOLS, ...programs })) {
    if (!isInstalled(program)) return `there is no ${program} (Debian package ${inPackage})`;
  }
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** Finds service directories of runit, s6 and s6-rc: the given directory, or those within it. */
import { basename, join } from 'node:path';
import type { Surroundings } from '../model.js';

type Flavour = 'runit' | 's6' | 's6-rc';

export interface ServiceDirectory {
  readonly path: string;
  /** the supervisor's name for it */
  readonly name: string;
  readonly flavour: Flavour;
  readonly files: ReadonlySet<string>;
}

/** Files that only s6 reads. */
const OF_S6 = [
  'notification-fd',
  'timeout-kill',
  'timeout-finish',
  'max-death-tally',
  'nosetsid',
  'down-signal',
  'flag-newpidns',
  'lock-fd',
  'event',
  'supervise',
  'template',
  'instance',
];

/** Returns the service directory at a path; undefined when there is none. */
function serviceDirectory(path: string, around: Surroundings): ServiceDirectory | undefined {
  if (around.kindOf(path) !== 'directory') return undefined;
  const files = new Set(around.list(path));
  const name = basename(around.resolve(path));
  if (files.has('type') && around.kindOf(join(path, 'type')) === 'file')
    return { path, name, flavour: 's6-rc', files };
  if (!files.has('run') || around.kindOf(join(path, 'run')) !== 'file') return undefined;
  return { path, name, flavour: isOfS6(path, files, around) ? 's6' : 'runit', files };
}

function isOfS6(path: string, files: ReadonlySet<string>, around: Surroundings): boolean {
  // both supervisors create `supervise` while they run
  if (OF_S6.some((name) => name !== 'supervise' && name !== 'event' && files.has(name))) return true;
  return /execlineb|with-contenv|s6-/.test(firstLines(join(path, 'run'), around));
}

function firstLines(path: string, around: Surroundings): string {
  try {
    return around.read(path).slice(0, 4096);
  } catch (error) {
    if (error instanceof Error) return '';
    throw error;
  }
}

/**
 * Returns the service directories at a path: itself, or those within it. Symbolic links count, since runit
 * and s6 follow them.
 */
export function serviceDirectories(path: string, around: Surroundings): readonly ServiceDirectory[] {
  const own = serviceDirectory(path, around);
  if (own !== undefined) return [own];
  if (around.kindOf(path) !== 'directory') return [];
  return around
    .list(path)
    .flatMap((name) => (name.startsWith('.') ? [] : (serviceDirectory(join(path, name), around) ?? [])));
}

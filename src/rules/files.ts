/** The files of rules: reading them all, and noticing when one changes. */
import { readdirSync, readFileSync, statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nodeErrorCode } from '../kernel/errno.js';
import type { UserDatabase } from '../kernel/users.js';
import { parseRules, type ParsedRules } from './parse.js';

/** libcgroup's own, read where none is named; cgrules.d(5): every file in it counts, in the order of their names. */
export const DEFAULT_CONFIG = ['/etc/cgrules.conf', '/etc/cgrules.d'];

/** Editors write in several steps: what they leave is read this much later, in milliseconds. */
const QUIET = 100;

/**
 * Reads files, and every file in directories.
 * @param optional a path that is not there is passed over
 */
export function readRules(paths: readonly string[], database: UserDatabase, optional: boolean): ParsedRules {
  const parts = paths.flatMap((path) => filesOf(path)).map((file) => readOne(file, database, optional));
  return {
    rules: parts.flatMap(({ rules }) => rules),
    errors: parts.flatMap(({ errors }) => errors),
  };
}

function filesOf(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(path, name))
    .sort();
}

function readOne(file: string, database: UserDatabase, optional: boolean): ParsedRules {
  try {
    return parseRules(readFileSync(file, 'utf8'), file, database);
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === undefined) throw error;
    if (optional && code === 'ENOENT') return { rules: [], errors: [] };
    // a file that cannot be read has no rules; the others do
    return { rules: [], errors: [{ file, line: 0, message: `cannot be read: ${code}` }] };
  }
}

/** Calls back a moment after any of the files may have changed, been replaced, made or removed. */
export class FilesWatch {
  readonly #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param report is told what cannot be watched */
  constructor(
    paths: readonly string[],
    private readonly changed: () => void,
    report: (text: string) => void,
  ) {
    for (const [directory, names] of directoriesOf(paths)) {
      try {
        const watcher = watch(directory, { persistent: false }, (_, name) => {
          if (names === 'all' || name === null || names.has(name)) this.#wait();
        });
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch (error) {
        if (nodeErrorCode(error) === undefined) throw error;
        report(`${directory} cannot be watched, reload by SIGUSR2: ${(error as Error).message}`);
      }
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.changed, QUIET);
  }
}

/** A file is replaced by renaming another, so its directory is what has to be watched. */
function directoriesOf(paths: readonly string[]): ReadonlyMap<string, 'all' | Set<string>> {
  const directories = new Map<string, 'all' | Set<string>>();
  for (const path of paths) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) directories.set(path, 'all');
    const above = dirname(path);
    const names = directories.get(above) ?? new Set();
    if (names !== 'all') directories.set(above, names.add(basename(path)));
  }
  return directories;
}

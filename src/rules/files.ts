/** Reads the files of rules and templates, and detects changes. */
import { readdirSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nodeErrorCode } from '../kernel/errno.js';
import { readTextFile, UnsuitableFileError } from '../kernel/files/read-file.js';
import type { UserDatabase } from '../kernel/users/users.js';
import { messageOf } from '../text/phrases.js';
import { parseRules, type ParsedRules } from './parse.js';
import type { RuleError } from './rule.js';
import { parseTemplates, type ParsedTemplates } from './templates/parse.js';
import { statIfPossible } from '../kernel/files/stat.js';

/** libcgroup's defaults; cgrules.d(5): every file in it counts, in the order of their names. */
export const DEFAULT_CONFIG = ['/etc/cgrules.conf', '/etc/cgrules.d'];

/** cgrulesengd(8): the defaults for templates. */
export const DEFAULT_TEMPLATES = ['/etc/cgconfig.conf', '/etc/cgconfig.d'];

/** Ten thousand users with a rule each. */
const LARGEST = 16 * 1024 * 1024;

/** Editors write in several steps: files are read this many milliseconds after the last change. */
const QUIET = 100;

/** Where to look, and whether missing paths are skipped. */
export interface Source {
  readonly paths: readonly string[];
  readonly optional: boolean;
}

/** Reads files, and every file in directories. */
export function readRules(source: Source, database: UserDatabase): ParsedRules {
  const parts = textsOf(source).map((text) => read(text, { rules: [] }, database, parseRules));
  return { rules: parts.flatMap(({ rules }) => rules), errors: parts.flatMap(({ errors }) => errors) };
}

export function readTemplates(source: Source, database: UserDatabase): ParsedTemplates {
  const parts = textsOf(source).map((text) => read(text, { templates: [] }, database, parseTemplates));
  return {
    templates: parts.flatMap(({ templates }) => templates),
    errors: parts.flatMap(({ errors }) => errors),
  };
}

interface FileText {
  readonly file: string;
  /** undefined if it could not be read, with the reason */
  readonly text: string | undefined;
  readonly reason?: string;
}

/** Returns the texts of all files, for detecting changes. */
export function textsOf({ paths, optional }: Source): readonly FileText[] {
  return paths.flatMap((path) => filesOf(path)).flatMap((file) => textOf(file, optional) ?? []);
}

function filesOf(path: string): readonly string[] {
  if (statIfPossible(path)?.isDirectory() !== true) return [path];
  return readdirSync(path)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(path, name))
    .filter((file) => statIfPossible(file)?.isDirectory() !== true)
    .sort();
}

function textOf(file: string, optional: boolean): FileText | undefined {
  try {
    return { file, text: readTextFile(file, { limit: LARGEST }) };
  } catch (error) {
    const code = nodeErrorCode(error);
    if (code === undefined) throw error;
    if (optional && code === 'ENOENT') return undefined;
    return { file, text: undefined, reason: error instanceof UnsuitableFileError ? error.reason : code };
  }
}

/** Parses a file. An unreadable file counts as empty; the others still count. */
function read<Parsed extends { readonly errors: readonly RuleError[] }>(
  { file, text, reason }: FileText,
  nothing: Omit<Parsed, 'errors'>,
  database: UserDatabase,
  parse: (text: string, file: string, database: UserDatabase) => Parsed,
): Omit<Parsed, 'errors'> & { readonly errors: readonly RuleError[] } {
  if (text !== undefined) return parse(text, file, database);
  return { ...nothing, errors: [{ file, line: 0, message: `cannot be read: ${reason ?? 'unknown'}` }] };
}

/** Calls back shortly after any of the files may have been changed, replaced, created or removed. */
export class FilesWatch {
  readonly #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param report called with what cannot be watched */
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
        report(`${directory} cannot be watched, reload by SIGUSR2: ${messageOf(error)}`);
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

/**
 * Returns the directories to watch: a file is replaced by renaming another, so a watch on the file itself
 * would miss it.
 */
function directoriesOf(paths: readonly string[]): ReadonlyMap<string, 'all' | Set<string>> {
  const directories = new Map<string, 'all' | Set<string>>();
  for (const path of paths) {
    if (statIfPossible(path)?.isDirectory() === true) directories.set(path, 'all');
    const above = dirname(path);
    const names = directories.get(above) ?? new Set();
    if (names !== 'all') directories.set(above, names.add(basename(path)));
  }
  return directories;
}

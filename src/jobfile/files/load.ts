/**
 * Finds and parses the job files below configuration directories (upstart.md 1.1). The supervisor watches
 * them for changes.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { checkText, type Checked, unreadable, type PlacedStanza } from '../check.js';
import { diskReader, type DirectoryReader } from './directory-reader.js';
import type { JobClass } from '../job-class/job-class.js';
import { isHiddenJob, isIgnoredDirectory, jobFileName, type JobFileName } from './job-file-names.js';
import type { JobFileError, JobFileWarning } from '../job-file-error.js';
import { applyOverride } from './override.js';
import { isCodedError } from '../../kernel/errno.js';

/** One job file, whether it is used or not. */
export interface LoadedFile {
  /** `net/apache` */
  readonly name: string;
  readonly path: string;
  /** with its override; undefined if the file has an error */
  readonly class?: JobClass;
  /** of the file and of its override */
  readonly errors: readonly JobFileError[];
  readonly warnings: readonly JobFileWarning[];
  /** the position of each stanza, those of the override after those of the file */
  readonly stanzas: readonly PlacedStanza[];
  /** the file that takes precedence for this name */
  readonly shadowedBy?: string;
}

export interface Loaded {
  /** in the order of the directories, and by path in each */
  readonly files: readonly LoadedFile[];
  /** directories that cannot be read */
  readonly errors: readonly JobFileError[];
}

interface Found extends JobFileName {
  readonly path: string;
  /** index of the configuration directory */
  readonly source: number;
}

/**
 * Caches what was read last time, by path: of thousands of files, only changed ones are parsed again. Texts
 * are kept as digests, and positions of stanzas are not kept, because a supervisor does not need them.
 */
export class LoadCache {
  #last: ReadonlyMap<string, Cached> = new Map();
  #present = new Map<string, Cached>();

  /** Returns the cached file if its texts are unchanged; otherwise the result of `load`. */
  take(path: string, texts: readonly (string | undefined)[], load: () => LoadedFile): LoadedFile {
    const known = this.#last.get(path);
    const digest = digestOf(texts);
    const cached = known?.digest === digest ? known : { digest, file: withoutPlaces(load()) };
    this.#present.set(path, cached);
    return cached.file;
  }

  /** Forgets files that are gone, after everything has been read. */
  turn(): void {
    this.#last = this.#present;
    this.#present = new Map();
  }
}

interface Cached {
  /** of the file's text, and of its override's with its path */
  readonly digest: string;
  readonly file: LoadedFile;
}

function digestOf(texts: readonly (string | undefined)[]): string {
  return createHash('sha1').update(JSON.stringify(texts)).digest('base64');
}

function withoutPlaces({ name, path, class: job, errors, warnings }: LoadedFile): LoadedFile {
  const stanzas = NO_STANZAS;
  return job === undefined
    ? { name, path, errors, warnings, stanzas }
    : { name, path, class: job, errors, warnings, stanzas };
}

const NO_STANZAS: readonly PlacedStanza[] = [];

/**
 * Reads all job files below some directories. Of several files for one name, the first without error is used:
 * `.conf` before `.ini`, and directories in their order. So a later directory may replace a broken file of an
 * earlier one, as in Upstart. An override counts if it is in the file's directory or an earlier one.
 *
 * @param directories in order of precedence; a missing one is empty
 */
export function loadDirectories(
  directories: readonly string[],
  reader: DirectoryReader = diskReader,
  cache?: LoadCache,
): Loaded {
  const loading = loadEach(directories, reader, cache);
  for (;;) {
    const step = loading.next();
    if (step.done === true) return step.value;
  }
}

/** Maximum time that a portion may block the event loop. */
const PORTION_MS = 10;

/**
 * Parses files into the cache, in portions with the event loop in between, so that `loadDirectories` has
 * little left to do: thousands of changed files would block foster for a second.
 */
export async function readAhead(
  directories: readonly string[],
  cache: LoadCache,
  reader: DirectoryReader = diskReader,
): Promise<void> {
  const loading = loadEach(directories, reader, cache);
  let began = performance.now();
  while (loading.next().done !== true) {
    if (performance.now() - began < PORTION_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}

/** Yields one step per file. */
function* loadEach(
  directories: readonly string[],
  reader: DirectoryReader,
  cache: LoadCache | undefined,
): Generator<undefined, Loaded> {
  const errors: JobFileError[] = [];
  const found = directories.flatMap((directory, source) =>
    walk({ reader, root: directory, errors }).map((path): Found | undefined => {
      const name = jobFileName(path);
      return name && { ...name, path: join(directory, path), source };
    }),
  );
  const files = found.filter((file) => file !== undefined);
  const overrides = files.filter(({ kind }) => kind === 'override');
  const loaded: LoadedFile[] = [];
  for (const file of files) {
    if (file.kind === 'override') continue;
    loaded.push(loadFile(reader, cache, file, overrideOf(file, overrides)));
    yield undefined;
  }
  cache?.turn();
  return { files: markShadowed(loaded), errors };
}

/** Returns one file for each name: the one in use, or the first if all have errors. */
export function filesInUse(loaded: Loaded): readonly LoadedFile[] {
  const byName = new Map<string, LoadedFile>();
  for (const file of loaded.files) {
    const before = byName.get(file.name);
    if (before === undefined || (before.class === undefined && file.class !== undefined))
      byName.set(file.name, file);
  }
  return [...byName.values()];
}

/** Returns the classes in use, by name. */
export function usedClasses(loaded: Loaded): ReadonlyMap<string, JobClass> {
  return new Map(
    filesInUse(loaded).flatMap((file) => (file.class === undefined ? [] : [[file.name, file.class]])),
  );
}

interface Walk {
  readonly reader: DirectoryReader;
  readonly root: string;
  readonly errors: JobFileError[];
}

/**
 * Returns the relative paths of all files below a directory, in order.
 * @param seen the directories on the path: a symbolic link may lead back to one of them
 */
function walk(given: Walk, below = '', seen: ReadonlySet<string> = new Set()): string[] {
  const { reader, root, errors } = given;
  const directory = join(root, below);
  try {
    const identity = reader.identity(directory);
    if (seen.has(identity)) return [];
    const entries = [...reader.list(directory)].sort((one, other) => compare(one.name, other.name));
    return entries.flatMap(({ name, kind }) => {
      const path = below === '' ? name : `${below}/${name}`;
      if (kind === 'file') return [path];
      if (kind === 'other' || isIgnoredDirectory(name)) return [];
      return walk(given, path, new Set([...seen, identity]));
    });
  } catch (error) {
    const isMissing = below === '' && isCodedError(error) && error.code === 'ENOENT';
    if (!isMissing) errors.push(unreadable(directory, error));
    return [];
  }
}

/**
 * Compares by code unit, so that the order is the same everywhere; `.conf` comes before `.ini` of the same
 * name.
 */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function overrideOf(file: Found, overrides: readonly Found[]): Found | undefined {
  return overrides.find(({ job, source }) => job === file.job && source <= file.source);
}

function loadFile(
  reader: DirectoryReader,
  cache: LoadCache | undefined,
  file: Found,
  override: Found | undefined,
): LoadedFile {
  const text = readText(reader, file.path);
  if (typeof text !== 'string')
    return { name: file.job, path: file.path, errors: [text], warnings: [], stanzas: [] };
  const changes = override === undefined ? undefined : readText(reader, override.path);
  const parse = (): LoadedFile => parseFile(file, text, changes, override?.path ?? '');
  if (typeof changes === 'object' || cache === undefined) return parse();
  return cache.take(file.path, [text, changes, override?.path], parse);
}

/** @param changes of the override at `overridePath`: its text, or why it cannot be read */
function parseFile(
  file: Found,
  text: string,
  changes: string | JobFileError | undefined,
  overridePath: string,
): LoadedFile {
  const base = { name: file.job, path: file.path };
  const checked = checkText(text, file.job, file.kind === 'ini' ? 'ini' : 'conf', file.path);
  if (isHiddenJob(file.job)) return hiddenFile(base, checked);
  if (!checked.ok) return { ...base, errors: checked.errors, warnings: [], stanzas: [] };
  if (typeof changes !== 'string') {
    const errors = changes === undefined ? [] : [changes];
    const { class: job, warnings, stanzas } = checked;
    return { ...base, class: job, errors, warnings, stanzas };
  }
  const changed = applyOverride(checked.class, changes, overridePath);
  const warnings = [...checked.warnings, ...changed.warnings];
  const stanzas = [...checked.stanzas, ...changed.stanzas];
  return { ...base, class: changed.class, errors: changed.errors, warnings, stanzas };
}

/** Returns a hidden file: nothing starts it automatically, and its errors are not reported. */
function hiddenFile(base: Pick<LoadedFile, 'name' | 'path'>, checked: Checked): LoadedFile {
  const nothing = { errors: [], warnings: [], stanzas: [] };
  if (!checked.ok) return { ...base, ...nothing };
  const job: JobClass = { ...checked.class, manual: true };
  for (const field of ['startOn', 'stopOn', 'schedule'] as const) Reflect.deleteProperty(job, field);
  return { ...base, class: job, ...nothing };
}

function readText(reader: DirectoryReader, path: string): string | JobFileError {
  try {
    return reader.read(path);
  } catch (error) {
    return unreadable(path, error);
  }
}

function markShadowed(files: readonly LoadedFile[]): readonly LoadedFile[] {
  const used = new Map<string, string>();
  for (const file of files) {
    if (file.class !== undefined && !used.has(file.name)) used.set(file.name, file.path);
  }
  return files.map((file) => {
    const winner = used.get(file.name);
    return winner === undefined || winner === file.path || file.class === undefined
      ? file
      : { ...file, shadowedBy: winner };
  });
}

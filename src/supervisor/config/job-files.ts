/** What is known of the job files: which there are, what is wrong with them, and whether a job runs as its file says. */
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { explain, type JobFileError } from '../../jobfile/job-file-error.js';
import { isHiddenJob } from '../../jobfile/files/job-file-names.js';
import type { Loaded, LoadedFile } from '../../jobfile/files/load.js';
import { statIfPossible } from '../../kernel/files/stat.js';

/** The file of a job, as `status` shows it. */
export interface JobFile {
  readonly path: string;
  readonly override?: string;
  /**
   * What keeps it from being what the job runs as: it has been `changed` since the start, is `broken` or `gone`. Absent
   * where it is neither.
   */
  readonly state?: 'changed' | 'broken' | 'gone';
  /** of a broken one: `web.ini:3: Unknown stanza: found "exce"` */
  readonly error?: string;
}

/** A class as its file defines it. */
export interface ClassReport {
  readonly name: string;
  readonly path: string;
  readonly class?: JobClass;
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

/** What a reading of all job files has brought. */
export interface Reading {
  readonly files: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly errors: readonly JobFileError[];
}

/** A file written in the same moment in which the files were read may not have been: its times are those of the kernel's tick. */
const UNCERTAIN_MS = 50;

const NOTHING: Reading = { files: 0, added: [], changed: [], removed: [], errors: [] };

export class JobFiles {
  #files: readonly LoadedFile[] = [];
  #byName: ReadonlyMap<string, readonly LoadedFile[]> = new Map();
  #readAt = 0;
  #last: Reading = NOTHING;

  /** @param confdirs the configuration directories */
  constructor(private readonly confdirs: () => readonly string[]) {}

  get all(): readonly LoadedFile[] {
    return this.#files;
  }

  /** See SupervisorApi. */
  reports(): readonly ClassReport[] {
    return this.#files.map(({ name, path, class: jobClass, errors }) => ({
      name,
      path,
      ...(jobClass !== undefined && { class: jobClass }),
      errors: errors.map((error) => ({ line: error.line, message: explain(error) })),
    }));
  }

  /** What the latest reading has brought. */
  get lastReading(): Reading {
    return this.#last;
  }

  /** Takes note of what has been read. @param readAt when it was begun, milliseconds since 1970 */
  read(loaded: Loaded, readAt: number): void {
    this.#files = loaded.files;
    const byName = new Map<string, LoadedFile[]>();
    for (const file of loaded.files) {
      const others = byName.get(file.name);
      if (others === undefined) byName.set(file.name, [file]);
      else others.push(file);
    }
    this.#byName = byName;
    this.#readAt = readAt;
    const visible = loaded.files.filter(({ name }) => !isHiddenJob(name));
    const errors = [...loaded.errors, ...visible.flatMap((file) => file.errors)];
    this.#last = { ...NOTHING, files: visible.length, errors };
  }

  /** Takes note of which classes the reading has changed. */
  noteChanges(changes: Pick<Reading, 'added' | 'changed' | 'removed'>): void {
    this.#last = { ...this.#last, ...changes };
  }

  /** Could what is on disk for this job be something else than what was read? Cheap: a few stat(2), no reading. */
  mayHaveChanged(name: string): boolean {
    const files = this.#byName.get(name);
    if (files === undefined) return true;
    const overrides = files.flatMap((file) => file.class?.source.override ?? []);
    const paths = files.flatMap(({ path }) => [path, dirname(path)]);
    return [...paths, ...overrides, ...this.confdirs()].some((path) => this.#isNewer(path));
  }

  #isNewer(path: string): boolean {
    const stat = statIfPossible(path);
    // a configuration directory need not exist
    if (stat === undefined) return !this.confdirs().includes(path);
    return stat.ctimeMs >= this.#readAt - UNCERTAIN_MS;
  }

  /** The file of a job that runs as `inUse`; undefined for a job that no file defines. */
  of(name: string, inUse: JobClass | undefined): JobFile | undefined {
    const files = this.#byName.get(name) ?? [];
    const used = files.find((file) => file.class !== undefined && file.shadowedBy === undefined);
    const source = used?.class?.source ?? inUse?.source;
    const broken = used === undefined ? files[0]?.errors[0] : used.errors[0];
    const path = source?.path ?? files[0]?.path;
    if (path === undefined || path === '') return undefined;
    const about = { path, ...(source?.override !== undefined && { override: source.override }) };
    if (broken !== undefined)
      return { ...about, path: files[0]?.path ?? path, state: 'broken', error: errorText(broken) };
    if (used === undefined) return { ...about, state: 'gone' };
    const isSame = inUse === undefined || used.class === inUse || isDeepStrictEqual(used.class, inUse);
    return isSame ? about : { ...about, state: 'changed' };
  }

  /** Names of jobs that are none because no file of theirs can be read. */
  brokenNames(): readonly string[] {
    return [...this.#byName]
      .filter(([name, files]) => !isHiddenJob(name) && files.every((file) => file.class === undefined))
      .map(([name]) => name);
  }
}

/** Names of the classes that are new, other than before, or gone. */
export function changesBetween(
  before: ReadonlyMap<string, JobClass>,
  after: ReadonlyMap<string, JobClass>,
): Pick<Reading, 'added' | 'changed' | 'removed'> {
  const names = [...after.keys()];
  return {
    added: names.filter((name) => !before.has(name)),
    changed: names.filter(
      (name) => before.has(name) && !isDeepStrictEqual(before.get(name), after.get(name)),
    ),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  };
}

function errorText(error: JobFileError): string {
  return `${error.file}${error.line === 0 ? '' : `:${error.line}`}: ${explain(error)}`;
}

/** Knows the job files, their errors, and whether a job runs as its file defines it. */
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { explain, type JobFileError } from '../../jobfile/job-file-error.js';
import { isHiddenJob } from '../../jobfile/files/job-file-names.js';
import type { Loaded, LoadedFile } from '../../jobfile/files/load.js';
import { statIfPossible } from '../../kernel/files/stat.js';

/** The source of jobs that no file defines: COMMAND of `foster init`, and its rules. */
export const COMMAND_LINE = { path: 'the command line', syntax: 'conf' } as const;

/** The file of a job, as `status` shows it. */
export interface JobFile {
  readonly path: string;
  readonly override?: string;
  /**
   * How it differs from what the job runs with: the file was `changed` since the start, is `broken`, or is `gone`.
   * Absent if it is the same.
   */
  readonly state?: 'changed' | 'broken' | 'gone';
  /** the error of a broken file: `web.ini:3: Unknown stanza: found "exce"` */
  readonly error?: string;
}

/** A job file with its class and errors. */
export interface ClassReport {
  readonly name: string;
  readonly path: string;
  readonly class?: JobClass;
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

/** The result of reading all job files. */
export interface Reading {
  readonly files: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly errors: readonly JobFileError[];
}

/**
 * Precision of file times, which follow the kernel's tick: a file written at the moment of reading may have been
 * missed.
 */
const UNCERTAIN_MS = 50;

const NOTHING: Reading = { files: 0, added: [], changed: [], removed: [], errors: [] };

export class JobFiles {
  #files: readonly LoadedFile[] = [];
  #byName: ReadonlyMap<string, readonly LoadedFile[]> = new Map();
  #readAt = 0;
  #last: Reading = NOTHING;
  #unreadable: readonly UnreadableDirectory[] = [];

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

  /** Directories that could not be read. */
  get unreadable(): readonly UnreadableDirectory[] {
    return this.#unreadable;
  }

  /** Returns the result of the last reading. */
  get lastReading(): Reading {
    return this.#last;
  }

  /** Stores what has been read. @param readAt when the reading was started, milliseconds since 1970 */
  update(loaded: Loaded, readAt: number): void {
    this.#files = loaded.files;
    this.#unreadable = loaded.errors.map((error) => ({ path: error.file, reason: explain(error) }));
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

  /** Stores which classes the reading has changed. */
  noteChanges(changes: Pick<Reading, 'added' | 'changed' | 'removed'>): void {
    this.#last = { ...this.#last, ...changes };
  }

  /**
   * Returns whether the files of this job may have changed since they were read. Cheap: it calls stat(2) a few times.
   */
  mayHaveChanged(name: string): boolean {
    const files = this.#byName.get(name);
    if (files === undefined) return true;
    const overrides = files.flatMap((file) => file.class?.source.override ?? []);
    const paths = files.flatMap(({ path }) => [path, dirname(path)]);
    return [...paths, ...overrides, ...this.confdirs()].some((path) => this.#isNewer(path));
  }

  #isNewer(path: string): boolean {
    const stat = statIfPossible(path);
    // a configuration directory may be missing
    if (stat === undefined) return !this.confdirs().includes(path);
    return stat.ctimeMs >= this.#readAt - UNCERTAIN_MS;
  }

  /** Returns the file of a job that runs with the class `inUse`; undefined for a job without a file. */
  of(name: string, inUse: JobClass | undefined): JobFile | undefined {
    const files = this.#byName.get(name) ?? [];
    const used = files.find((file) => file.class !== undefined && file.shadowedBy === undefined);
    const source = used?.class?.source ?? inUse?.source;
    const broken = used === undefined ? files[0]?.errors[0] : used.errors[0];
    const path = source?.path ?? files[0]?.path;
    // COMMAND and the rules come from the command line: there is no file that could be gone
    if (path === undefined || path === '' || path === COMMAND_LINE.path) return undefined;
    const about = { path, ...(source?.override !== undefined && { override: source.override }) };
    if (broken !== undefined)
      return { ...about, path: files[0]?.path ?? path, state: 'broken', error: errorText(broken) };
    if (used === undefined) return { ...about, state: 'gone' };
    const isSame = inUse === undefined || used.class === inUse || isSameRun(used.class, inUse);
    return isSame ? about : { ...about, state: 'changed' };
  }

  /** Tests whether the job starts by command only; undefined if it has no valid file. */
  isManual(name: string): boolean | undefined {
    const used = (this.#byName.get(name) ?? []).find(
      (file) => file.class !== undefined && file.shadowedBy === undefined,
    );
    return used?.class === undefined ? undefined : used.class.manual === true;
  }

  /** Returns the names of jobs that cannot be loaded because all their files are broken. */
  brokenNames(): readonly string[] {
    return [...this.#byName]
      .filter(([name, files]) => !isHiddenJob(name) && files.every((file) => file.class === undefined))
      .map(([name]) => name);
  }
}

/** Settings that are in force as soon as the file is read, also for a job that runs; and texts about it. */
const IN_FORCE_AT_ONCE: ReadonlySet<string> = new Set<keyof JobClass>([
  ...(['startOn', 'manual', 'schedule', 'schedulePersistent', 'emits'] as const),
  ...(['description', 'author', 'version', 'usage', 'source'] as const),
]);

/** Tests whether a restart would change anything. */
function isSameRun(one: JobClass | undefined, other: JobClass): boolean {
  if (one === undefined) return false;
  const [settings, others] = [one, other].map((jobClass) =>
    Object.entries(jobClass).filter(([name]) => !IN_FORCE_AT_ONCE.has(name)),
  );
  return isDeepStrictEqual(settings, others);
}

/** Returns the names of classes that were added, changed or removed. */
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
export interface UnreadableDirectory {
  readonly path: string;
  /** `Cannot be read: it is writable by everyone, …` */
  readonly reason: string;
}

/** The copies that `instances` makes of a class: which exist, and how they ended. */
import { isDeepStrictEqual } from 'node:util';
import type { ClassEntry, CoreOptions, LastEnd } from './model.js';
import type { Environment } from './environment.js';
import { expand, type Expansion } from './expansion.js';

/** The variable that holds the number of a copy. */
export const INSTANCE_VARIABLE = 'INSTANCE';

const FIRST = 1;

/** The wanted number of copies of a class, and the number of the first. */
export interface Copies {
  readonly count: number;
  readonly first: number;
  /** the number in the job file, if `foster scale` has overridden it */
  readonly inFile?: number;
}

/** Returns the wanted copies; undefined for a class without `instances`. */
export function copiesOf(
  { processors = 1 }: Pick<CoreOptions, 'processors'>,
  { active: { instances }, scale }: Pick<ClassEntry, 'active' | 'scale'>,
): Copies | undefined {
  if (instances === undefined) return undefined;
  const { count, first = FIRST } = instances;
  const inFile = count === 'cpus' ? processors : count;
  return scale === undefined || scale.count === inFile
    ? { count: inFile, first }
    : { count: scale.count, first, inFile };
}

/**
 * Sets the number of copies.
 * @param count undefined: the number in the file
 */
export function setScale(entry: ClassEntry, count: number | undefined): void {
  const { instances: inFile } = entry.disk ?? entry.active;
  entry.scale = count === undefined ? undefined : { count, inFile };
}

/**
 * Drops the number set by `foster scale` if the file's own number has changed since. A broken file changes
 * nothing.
 */
export function dropOutdatedScale(entry: ClassEntry): void {
  const { disk, scale } = entry;
  if (disk !== undefined && !isDeepStrictEqual(disk.instances, scale?.inFile)) entry.scale = undefined;
}

/** Returns the names of the copies, in order. */
export function copyNames({ count, first }: Copies): readonly string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}

/** Tests whether `instances` makes this instance, running or not. */
export function isCopy(
  options: Pick<CoreOptions, 'processors'>,
  entry: Pick<ClassEntry, 'active' | 'scale'>,
  instance: string,
): boolean {
  const copies = copiesOf(options, entry);
  return copies !== undefined && copyNames(copies).includes(instance);
}

/**
 * Returns the environment of a copy; its number overrides a variable of that name from the class or an event.
 */
export function withNumber(environment: Environment, name: string): Environment {
  return new Map(environment).set(INSTANCE_VARIABLE, name);
}

/** A job that a start of its class starts. */
export interface TargetJob {
  readonly instance: string;
  readonly environment: Environment;
}

/**
 * Returns the jobs of a start without an instance name: all copies, or the one that the environment names.
 * @param environment of the class and of the start's cause
 */
export function targetJobs(
  options: CoreOptions,
  entry: ClassEntry,
  environment: Environment,
): { readonly ok: true; readonly jobs: readonly TargetJob[] } | Extract<Expansion, { ok: false }> {
  const copies = copiesOf(options, entry);
  if (copies !== undefined) {
    const jobs = copyNames(copies).map((instance) => ({
      instance,
      environment: withNumber(environment, instance),
    }));
    return { ok: true, jobs };
  }
  const named = expand(entry.active.instance ?? '', environment);
  return named.ok ? { ok: true, jobs: [{ instance: named.text, environment }] } : named;
}

/** Records how a job has ended, when it is gone. */
export function recordEnd(entry: ClassEntry, end: LastEnd): void {
  entry.lastEnd = end;
  if (entry.active.instances !== undefined) entry.copyEnds.set(end.instance, end);
}

/** Returns how the job of this name last ended, if known. */
export function lastEndOf({ lastEnd, copyEnds }: ClassEntry, instance: string): LastEnd | undefined {
  return copyEnds.get(instance) ?? (lastEnd?.instance === instance ? lastEnd : undefined);
}

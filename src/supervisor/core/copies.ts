/** The copies that `instances` makes of a class: which there are, and what has become of them. */
import { isDeepStrictEqual } from 'node:util';
import type { ClassEntry, CoreOptions, LastEnd } from './model.js';
import type { Environment } from './environment.js';
import { expand, type Expansion } from './expansion.js';

/** The variable by which a copy knows its number. */
export const INSTANCE_VARIABLE = 'INSTANCE';

const FIRST = 1;

/** How many copies a class is to have, and the number of the first. */
export interface Copies {
  readonly count: number;
  readonly first: number;
  /** what the job file says, where `foster scale` says something else */
  readonly inFile?: number;
}

/** Undefined for a class without `instances`. */
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

/** @param count undefined: as the file says */
export function setScale(entry: ClassEntry, count: number | undefined): void {
  const { instances: inFile } = entry.disk ?? entry.active;
  entry.scale = count === undefined ? undefined : { count, inFile };
}

/** To be called when the file may say something else by now. One that is broken for the moment says nothing. */
export function dropOutdatedScale(entry: ClassEntry): void {
  const { disk, scale } = entry;
  if (disk !== undefined && !isDeepStrictEqual(disk.instances, scale?.inFile)) entry.scale = undefined;
}

/** Names of the copies, in their order. */
export function copyNames({ count, first }: Copies): readonly string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}

/** Is it one that `instances` makes, whether or not it runs? */
export function isCopy(
  options: Pick<CoreOptions, 'processors'>,
  entry: Pick<ClassEntry, 'active' | 'scale'>,
  instance: string,
): boolean {
  const copies = copiesOf(options, entry);
  return copies !== undefined && copyNames(copies).includes(instance);
}

/** The environment of a copy; what the class or an event says of the variable is not its number. */
export function withNumber(environment: Environment, name: string): Environment {
  return new Map(environment).set(INSTANCE_VARIABLE, name);
}

/** A job that a start of its class means. */
export interface TargetJob {
  readonly instance: string;
  readonly environment: Environment;
}

/**
 * The jobs that a start means which names no instance: all copies, or the one that the environment names.
 * @param environment what the class and whatever starts it say
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

/** To be called when a job is gone. */
export function recordEnd(entry: ClassEntry, end: LastEnd): void {
  entry.lastEnd = end;
  if (entry.active.instances !== undefined) entry.copyEnds.set(end.instance, end);
}

/** How the job of this name ended last, where that is known. */
export function lastEndOf({ lastEnd, copyEnds }: ClassEntry, instance: string): LastEnd | undefined {
  return copyEnds.get(instance) ?? (lastEnd?.instance === instance ? lastEnd : undefined);
}

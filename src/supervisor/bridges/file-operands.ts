/** From `start on file FILE=... EVENT=...` to what has to be watched (Upstart section 11). Pure. */
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { compileGlob } from '../core/events/glob.js';
import { allLeavesNamed, operand, type EventLeaf } from './expected-events.js';

export const FILE_EVENTS = ['create', 'modify', 'delete'] as const;
export type FileEvent = (typeof FILE_EVENTS)[number];

/** Paths that some jobs want to hear of. */
export interface WatchedFiles {
  /** as written in FILE=, which the event repeats */
  readonly file: string;
  readonly directory: string;
  /** name or pattern of the last component */
  readonly name: string;
  readonly isPattern: boolean;
  readonly events: ReadonlySet<FileEvent>;
}

/** By FILE, joined over all jobs. */
export function watchedFiles(classes: Iterable<JobClass>): ReadonlyMap<string, WatchedFiles> {
  const found = new Map<string, WatchedFiles>();
  for (const jobClass of classes) {
    for (const leaf of allLeavesNamed(jobClass, 'file')) {
      const file = operand(leaf, 'FILE')?.pattern;
      const place = file === undefined ? undefined : placeOf(file);
      if (file === undefined || place === undefined) continue;
      const events = new Set([...(found.get(file)?.events ?? []), ...eventsOf(leaf)]);
      found.set(file, { file, ...place, events });
    }
  }
  return found;
}

/** The FILEs of which nobody will ever hear, in words. */
export function unwatchableFiles(classes: Iterable<JobClass>): readonly string[] {
  return [...classes].flatMap((jobClass) =>
    allLeavesNamed(jobClass, 'file').flatMap((leaf) => {
      const file = operand(leaf, 'FILE')?.pattern;
      if (file === undefined || placeOf(file) !== undefined) return [];
      const expected = 'an absolute path expected, without patterns and variables in its directory';
      return [`${jobClass.name}: FILE=${file} cannot be watched: ${expected}`];
    }),
  );
}

/** The variables of the event, `KEY=VALUE`; MATCH tells which path it was, where FILE is a pattern. */
export function fileEvent(
  { file, isPattern }: WatchedFiles,
  path: string,
  event: FileEvent,
): readonly string[] {
  if (!isPattern) return [`FILE=${file}`, `EVENT=${event}`];
  // the job's own pattern has to match what it is told; `[ab]` does not match itself
  const told = compileGlob(file)(file) ? file : path;
  return [`FILE=${told}`, `EVENT=${event}`, `MATCH=${path}`];
}

/** Undefined for what names no place: a relative path, or a pattern in a directory's name. */
function placeOf(file: string): Pick<WatchedFiles, 'directory' | 'name' | 'isPattern'> | undefined {
  const path = file.startsWith('~/') ? join(homedir(), file.slice(2)) : file;
  // a directory stands for everything in it
  const [directory, name] = path.endsWith('/')
    ? [path.slice(0, -1) || '/', '*']
    : [dirname(path), basename(path)];
  if (!directory.startsWith('/') || isPatternText(directory) || directory.includes('$')) return undefined;
  return { directory, name, isPattern: isPatternText(name) };
}

function isPatternText(text: string): boolean {
  return /[*?[]/.test(text);
}

/** Without EVENT, all of them. */
function eventsOf(leaf: EventLeaf): readonly FileEvent[] {
  const match = operand(leaf, 'EVENT');
  if (match === undefined) return FILE_EVENTS;
  const fits = compileGlob(match.pattern);
  return FILE_EVENTS.filter((event) => fits(event) !== (match.negated ?? false));
}

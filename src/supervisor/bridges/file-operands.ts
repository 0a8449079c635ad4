/** Parses `start on file FILE=... EVENT=...` into what to watch (Upstart section 11). Pure. */
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { compileGlob } from '../core/events/glob.js';
import { allLeavesNamed, operand } from './expected-events.js';
import type { EventLeaf } from '../../jobfile/expression/event-expression.js';

const FILE_EVENTS = ['create', 'modify', 'delete'] as const;
export type FileEvent = (typeof FILE_EVENTS)[number];

/** Paths that some jobs watch. */
export interface WatchedFiles {
  /** as written in FILE=, which the event repeats */
  readonly file: string;
  readonly directory: string;
  /** name or pattern of the last component */
  readonly name: string;
  readonly isPattern: boolean;
  readonly events: ReadonlySet<FileEvent>;
}

/** Returns the watched files by FILE, combined over all jobs. */
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

/** Describes the FILEs that can never be reported. */
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

/** Returns the variables of the event, `KEY=VALUE`; MATCH is the actual path if FILE is a pattern. */
export function fileEvent(
  { file, isPattern }: WatchedFiles,
  path: string,
  event: FileEvent,
): readonly string[] {
  if (!isPattern) return [`FILE=${file}`, `EVENT=${event}`];
  // the job's own pattern has to match the event; `[ab]` does not match itself
  const operand = compileGlob(file)(file) ? file : path;
  return [`FILE=${operand}`, `EVENT=${event}`, `MATCH=${path}`];
}

/** Returns undefined for an invalid FILE: a relative path, or a pattern in a directory's name. */
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

/** Returns the events; all of them without EVENT. */
function eventsOf(leaf: EventLeaf): readonly FileEvent[] {
  const match = operand(leaf, 'EVENT');
  if (match === undefined) return FILE_EVENTS;
  const fits = compileGlob(match.pattern);
  return FILE_EVENTS.filter((event) => fits(event) !== (match.negated ?? false));
}

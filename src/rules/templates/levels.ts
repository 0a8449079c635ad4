/** The groups on the path to a destination, each with the name that templates use for it. Pure. */
import { join } from 'node:path';
import { expandDestination, groupPath, type Names } from '../destination.js';
import type { Place } from '../placement.js';
import type { Subject } from '../subject.js';
import { templateName } from './group-template.js';

export interface Level {
  /** as in the rule: `students/%u` */
  readonly name: string;
  /** below the root of a hierarchy: `students/ann` */
  readonly path: string;
}

/**
 * Returns the levels of a place. For `students/%u`: `students`, then `students/%u`. cgrulesengd also looks
 * for a template on each level.
 */
export function levelsOf(place: Place, subject: Subject, names: Names): readonly Level[] {
  const parts = templateName(place.destination.path).split('/');
  return parts.flatMap((_, index) => {
    const name = parts.slice(0, index + 1).join('/');
    const path = groupPath(expandDestination(name, subject, names));
    return path === undefined || path === '' ? [] : [{ name, path }];
  });
}

export function directoryAt(point: string, { path }: Level): string {
  return join(point, path);
}

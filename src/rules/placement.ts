/** Determines a process's groups from the matching rule. Pure. */
import { join } from 'node:path';
import { groupDirectory, groupKey, type CgroupHierarchy } from '../kernel/cgroup/layout.js';
import type { Destination, Rule } from './rule.js';
import type { Subject } from './subject.js';
import { expandDestination, groupPath, type Names } from './destination.js';

/** A group that a process should be in. */
export interface Place {
  readonly hierarchy: CgroupHierarchy;
  readonly directory: string;
  /** the line of the rule that names it */
  readonly destination: Destination;
}

export interface Placement {
  readonly places: readonly Place[];
  /** the parts of the rule that cannot be applied here, in words */
  readonly problems: readonly string[];
}

/** The mounted hierarchies that rules can use. */
export interface Hierarchies {
  readonly all: readonly CgroupHierarchy[];
  /** available version 2 controllers (cgroup.controllers of the root) */
  readonly unified: ReadonlySet<string>;
}

/**
 * Returns the groups of a process. If two lines of a rule concern the same hierarchy, the later one wins,
 * because cgrulesengd moves line by line.
 */
export function placementOf(rule: Rule, subject: Subject, names: Names, hierarchies: Hierarchies): Placement {
  const places = new Map<CgroupHierarchy, Omit<Place, 'hierarchy'>>();
  const problems: string[] = [];
  for (const destination of rule.destinations) {
    const path = groupPath(expandDestination(destination.path, subject, names));
    if (path === undefined) {
      problems.push(`${rule.file}:${destination.line}: ${destination.path} leads out of the hierarchy`);
      continue;
    }
    for (const controller of destination.controllers) {
      const found = hierarchiesOf(controller, hierarchies);
      if (found.length === 0)
        problems.push(`${rule.file}:${destination.line}: the controller ${controller} is not there`);
      for (const hierarchy of found)
        places.set(hierarchy, { directory: join(hierarchy.point, path), destination });
    }
  }
  return {
    places: [...places].map(([hierarchy, place]) => ({ hierarchy, ...place })),
    problems,
  };
}

/**
 * Returns the hierarchies of a controller. `*` means every mounted version 1 controller, but not hierarchies
 * that only name groups (systemd's); version 2 only if there is no other.
 */
export function hierarchiesOf(controller: string, { all, unified }: Hierarchies): readonly CgroupHierarchy[] {
  const first = all.filter(({ version, controllers }) => version === 1 && !isNamed(controllers));
  const second = all.filter(({ version }) => version === 2);
  if (controller === '*') return first.length > 0 ? first : second;
  const named = all.filter(({ controllers }) => controllers.includes(controller));
  return named.length > 0 ? named : unified.has(controller) ? second : [];
}

function isNamed(controllers: readonly string[]): boolean {
  return controllers.some((one) => one.startsWith('name='));
}

/** Returns the places that the process is not in. @param groups as in /proc/PID/cgroup */
export function missingPlaces(
  places: readonly Place[],
  groups: ReadonlyMap<string, string>,
): readonly Place[] {
  return places.filter(({ hierarchy, directory }) => directoryOf(hierarchy, groups) !== directory);
}

/** Returns where the process is in this hierarchy. */
export function directoryOf(
  hierarchy: CgroupHierarchy,
  groups: ReadonlyMap<string, string>,
): string | undefined {
  const path = groups.get(groupKey(hierarchy));
  return path === undefined ? undefined : groupDirectory(hierarchy, path);
}

/**
 * Tests whether the process is in a rule line's destination, or in a group below that, for any of its
 * controllers.
 */
export function isInside(
  destination: Destination,
  rule: Rule,
  subject: Subject,
  {
    names,
    hierarchies,
    groups,
  }: {
    readonly names: Names;
    readonly hierarchies: Hierarchies;
    readonly groups: ReadonlyMap<string, string>;
  },
): boolean {
  const { places } = placementOf({ ...rule, destinations: [destination] }, subject, names, hierarchies);
  return places.some(({ hierarchy, directory }) => isBelow(directoryOf(hierarchy, groups), directory));
}

function isBelow(directory: string | undefined, group: string): boolean {
  return directory === group || directory?.startsWith(group.endsWith('/') ? group : `${group}/`) === true;
}

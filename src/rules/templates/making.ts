/** Makes missing groups that rules name, according to the templates of cgconfig.conf(5). */
import { setFilesAccess, setGroupAccess } from '../../kernel/cgroup/access.js';
import { groupExists, makePlace, readGroupFile, setGroupFile } from '../../kernel/cgroup/files.js';
import type { CgroupHierarchy } from '../../kernel/cgroup/layout.js';
import { SystemError } from '../../kernel/system-error.js';
import { hierarchiesOf, type Hierarchies, type Place } from '../placement.js';
import { position } from '../rule.js';
import { templateFor, type GroupTemplate } from './group-template.js';
import { directoryAt, type Level } from './levels.js';

/** A group that was made. */
export interface Made {
  readonly directory: string;
  /** undefined if the kernel's defaults apply */
  readonly template: GroupTemplate | undefined;
}

export interface Making {
  readonly templates: readonly GroupTemplate[];
  readonly hierarchies: Hierarchies;
  readonly made: (made: Made) => void;
  /** the parts of a template that cannot be applied; the rest of it is */
  readonly problem: (text: string) => void;
}

/** The file that moves processes into a group gets the task's permissions; version 2 has no `tasks`. */
const TASK_FILE = { 1: 'tasks', 2: 'cgroup.procs' } as const;

/** Returns every missing group on the path to a place, the highest first, with its template. Only reads. */
export function groupsToMake(place: Place, levels: readonly Level[], making: Making): readonly Made[] {
  return levels.flatMap((level) => {
    const template = templateOf(place, level, making);
    return hierarchiesFor(place.hierarchy, template, making.hierarchies)
      .map(({ point }) => ({ directory: directoryAt(point, level), template }))
      .filter(({ directory }) => !groupExists(directory));
  });
}

/** @throws SystemError if the group of the place itself, or one above it, cannot be made */
export function makeGroups(place: Place, levels: readonly Level[], making: Making): void {
  for (const level of levels) {
    const template = templateOf(place, level, making);
    for (const hierarchy of hierarchiesFor(place.hierarchy, template, making.hierarchies)) {
      const directory = directoryAt(hierarchy.point, level);
      if (groupExists(directory)) continue;
      attempt(hierarchy === place.hierarchy ? undefined : making.problem, template, () => {
        makePlace({ hierarchy, directory });
        making.made({ directory, template });
        if (template !== undefined) apply(template, hierarchy, directory, making);
      });
    }
  }
}

function templateOf({ hierarchy }: Place, level: Level, making: Making): GroupTemplate | undefined {
  const { templates, hierarchies } = making;
  const controllers = hierarchy.version === 2 ? [...hierarchies.unified] : hierarchy.controllers;
  return templateFor(templates, level.name, controllers);
}

/** Returns the hierarchies of a template: all its controllers', as in cgrulesengd. */
function hierarchiesFor(
  own: CgroupHierarchy,
  template: GroupTemplate | undefined,
  hierarchies: Hierarchies,
): readonly CgroupHierarchy[] {
  const others = [...(template?.controllers.keys() ?? [])].flatMap((one) => hierarchiesOf(one, hierarchies));
  return [...new Set([own, ...others])];
}

/** Applies a template: permissions first, then parameters, then the tasks file, in libcgroup's order. */
function apply(
  template: GroupTemplate,
  hierarchy: CgroupHierarchy,
  directory: string,
  { problem, hierarchies }: Making,
): void {
  const { admin, task, controllers } = template;
  const isTaskFile = (name: string): boolean => name === TASK_FILE[hierarchy.version];
  const carefully = (work: () => void): void => attempt(problem, template, work);
  const here = [...controllers].filter(([name]) => hierarchiesOf(name, hierarchies).includes(hierarchy));
  const names = here.map(([name]) => name);
  if (hierarchy.version === 2) carefully(() => turnOn(hierarchy.point, directory, names));
  if (admin !== undefined) {
    const { uid, gid, fileMode, directoryMode } = admin;
    carefully(() => setGroupAccess(directory, { uid, gid, mode: directoryMode }));
    carefully(() => setFilesAccess(directory, { uid, gid }));
    carefully(() => setFilesAccess(directory, { mode: fileMode }, (name) => !isTaskFile(name)));
  }
  for (const [, parameters] of here)
    for (const { file, value, line } of parameters)
      attempt(problem, { file: template.file, line }, () => setGroupFile(directory, file, value));
  if (task !== undefined) {
    const { uid, gid, fileMode } = task;
    carefully(() => setFilesAccess(directory, { uid, gid, mode: fileMode }, isTaskFile));
  }
}

/**
 * Enables version 2 controllers in every group above: otherwise the group has none of their files
 * (cgroup-v2.rst, "Enabling and Disabling").
 */
function turnOn(point: string, directory: string, controllers: readonly string[]): void {
  const parts = directory.slice(point.length).split('/').slice(0, -1);
  let above = point;
  for (const part of parts) {
    above = part === '' ? point : `${above}/${part}`;
    const on = new Set((readGroupFile(above, 'cgroup.subtree_control') ?? '').split(/\s+/));
    const missing = controllers.filter((controller) => !on.has(controller));
    if (missing.length === 0) continue;
    setGroupFile(above, 'cgroup.subtree_control', missing.map((one) => `+${one}`).join(' '));
  }
}

/** @param problem undefined: errors are thrown */
function attempt(
  problem: ((text: string) => void) | undefined,
  at: Pick<GroupTemplate, 'file' | 'line'> | undefined,
  work: () => void,
): void {
  try {
    work();
  } catch (error) {
    if (problem === undefined || at === undefined || !(error instanceof SystemError)) throw error;
    problem(`${position(at)}: ${error.message}`);
  }
}

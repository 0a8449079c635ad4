/**
 * `runtime dir`: directories that exist while a job runs. They are made before its first process, with the
 * job's owner, and removed with their contents after the job has ended. A respawn and a restart keep them.
 */
import { lstatSync, mkdirSync, readdirSync, renameSync, type Stats } from 'node:fs';
import { dirname, posix } from 'node:path';
import { isRuntimePath, RUNTIME_BASES } from '../../jobfile/stanzas/runtime-path.js';
import { fromNodeError, nodeErrorCode } from '../../kernel/errno.js';
import { giveDirectory } from '../../kernel/files/own-files.js';
import { findPathFault } from '../../kernel/files/path-trust.js';
import { removingTree } from '../../kernel/files/remove-tree.js';
import { environmentOf } from '../core/environment.js';
import { expand } from '../core/expansion.js';
import type { JobRef } from '../core/contract.js';
import { jobKey } from '../../tracker/job-key.js';
import { identityOf, type Self } from '../launch/identity.js';
import { LaunchError } from '../launch/launch-error.js';
import type { LaunchRequest } from '../launch/launch-request.js';
import { inRoot } from '../launch/rooted-path.js';
import { usersIn } from '../launch/users.js';
import type { Part } from '../engine/part.js';
import type { MadeDirectories, MadeDirectory } from './made-directories.js';
import type { RuntimeDirectory } from '../../jobfile/job-class/values.js';

const DEFAULT_MODE = '0755';

/** The longest time that removing may block the event loop. */
const MAX_TURN_MS = 10;

/** As in systemd: all paths, separated by colons. */
const VARIABLE = 'RUNTIME_DIRECTORY';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

interface RuntimeDirectoriesOptions {
  readonly made: MadeDirectories;
  readonly self: Self;
  /** the base of a name without a slash */
  readonly base: string;
  /** jobs that run */
  readonly living: () => readonly { readonly ref: JobRef }[];
  readonly warn: (text: string) => void;
}

export class RuntimeDirectories implements Part {
  readonly #made: MadeDirectories;

  constructor(private readonly options: RuntimeDirectoriesOptions) {
    this.#made = options.made;
  }

  /**
   * Makes the directories of a job whose process is about to be started.
   * @returns the request, with the directories in RUNTIME_DIRECTORY
   * @throws LaunchError if one cannot be made, or exists and belongs to somebody else
   */
  prepare(request: LaunchRequest): LaunchRequest {
    const { class: jobClass, job, env } = request;
    if (jobClass.runtimeDirs.length === 0) return request;
    const root = jobClass.chroot ?? '/';
    const owner = identityOf(jobClass, usersIn(root), this.options.self) ?? this.options.self;
    const paths = jobClass.runtimeDirs.map((directory) => {
      const inside = pathOf(directory, env, this.options.base);
      const path = inRoot(root, inside);
      if (path === undefined)
        throw LaunchError.found(
          'make runtime directory',
          'ELOOP',
          `${inside} leads through a circle of links`,
        );
      this.#make(path, owner, parseInt(directory.mode ?? DEFAULT_MODE, 8), jobKey(job));
      return inside;
    });
    return { ...request, env: [...env.filter(isOther), `${VARIABLE}=${paths.join(':')}`] };
  }

  /**
   * Loads the records; removes the directories of jobs that have ended since. Jobs of a former supervisor
   * keep running.
   */
  start(): void {
    this.#made.load();
    const keys = new Set(this.options.living().map(({ ref }) => jobKey(ref)));
    for (const directory of this.#made.all)
      this.#keepFor(
        directory,
        directory.jobs.filter((key) => keys.has(key)),
      );
  }

  jobGone(job: JobRef): void {
    const key = jobKey(job);
    for (const directory of this.#made.all)
      if (directory.jobs.includes(key))
        this.#keepFor(
          directory,
          directory.jobs.filter((other) => other !== key),
        );
  }

  #make(path: string, owner: Owner, mode: number, key: string): void {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      refuseUntrusted(dirname(path), this.options.self);
      const isNew = this.#makeOrFind(path, owner);
      const known = this.#made.of(path);
      if (!isNew && known === undefined) return;
      const given = giveDirectory(path, owner, mode);
      const jobs = [...new Set([...(known?.jobs ?? []), key])];
      if (known?.inode !== given.inode || known.jobs.length !== jobs.length)
        this.#made.note({ path, ...given, jobs });
    } catch (error) {
      if (error instanceof LaunchError || nodeErrorCode(error) === undefined) throw error;
      throw LaunchError.fromSystemError('make runtime directory', fromNodeError(error, `make ${path}`));
    }
  }

  /** @returns whether foster has made it, and may remove it */
  #makeOrFind(path: string, owner: Owner): boolean {
    try {
      mkdirSync(path, { mode: 0o700 });
      return true;
    } catch (error) {
      if (nodeErrorCode(error) !== 'EEXIST') throw error;
    }
    const stats = lstatSync(path);
    if (!stats.isDirectory())
      throw LaunchError.found('make runtime directory', 'ENOTDIR', `${path} is there, and is no directory`);
    if (this.#isOurs(path, stats)) return true;
    // a crash between making and recording it, or a directory from an image
    if ([0, this.options.self.uid].includes(stats.uid) && readdirSync(path).length === 0) return true;
    if (stats.uid === owner.uid) return false;
    throw LaunchError.other(
      `unable to make runtime directory: ${path} is there already`,
      `it belongs to uid ${stats.uid} and is not empty: remove it, or name another directory`,
    );
  }

  #isOurs(path: string, { dev, ino }: Stats): boolean {
    const known = this.#made.of(path);
    return known?.device === dev && known.inode === ino;
  }

  #keepFor(directory: MadeDirectory, jobs: readonly string[]): void {
    if (jobs.length > 0) {
      if (jobs.length !== directory.jobs.length) this.#attempt(() => this.#made.note({ ...directory, jobs }));
      return;
    }
    this.#attempt(() => this.#remove(directory));
  }

  /**
   * Removes a directory. It is renamed first, because the job may be restarted in this very turn, and gets a
   * new one.
   */
  #remove({ path }: MadeDirectory): void {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !this.#isOurs(path, stats)) return this.#made.forget(path);
    const aside = posix.join(dirname(path), `.${posix.basename(path)}.removed-${process.pid}-${stats.ino}`);
    renameSync(path, aside);
    this.#made.note({ path: aside, device: stats.dev, inode: stats.ino, jobs: [] });
    this.#made.forget(path);
    this.#goOnRemoving(removingTree(aside), aside);
  }

  #goOnRemoving(removing: ReturnType<typeof removingTree>, aside: string): void {
    const began = performance.now();
    for (;;) {
      const step = removing.next();
      if (step.done === true) {
        if (step.value.length > 0)
          this.options.warn(`Not all of a runtime directory was removed: ${step.value[0]!}`);
        return this.#attempt(() => this.#made.forget(aside));
      }
      if (performance.now() - began > MAX_TURN_MS) break;
    }
    setImmediate(() => this.#goOnRemoving(removing, aside));
  }

  /** Logs errors, which must not affect the job. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Error) || nodeErrorCode(error) === undefined) throw error;
      this.options.warn(`A runtime directory is left: ${error.message}`);
    }
  }
}

function pathOf({ path }: RuntimeDirectory, env: readonly string[], base: string): string {
  const expansion = expand(path, environmentOf(env));
  if (!expansion.ok)
    throw LaunchError.other('unable to make runtime directory', `${path}: ${expansion.message}`);
  // a variable's value may lead elsewhere
  const inside = posix.resolve(base, expansion.text);
  if (isRuntimePath(inside)) return inside;
  throw LaunchError.other(
    'unable to make runtime directory',
    `${inside} is not below ${RUNTIME_BASES.join(', ')}`,
  );
}

function refuseUntrusted(parent: string, self: Self): void {
  const fault = findPathFault(parent, { users: [0, self.uid], groups: [0, self.gid] });
  // in a directory that everybody may write to, the sticky bit keeps others from replacing what is foster's
  const isSticky = (lstatSync(parent).mode & 0o1000) !== 0;
  if (fault === undefined || (fault.path === parent && isSticky)) return;
  throw LaunchError.other(
    'unable to make runtime directory',
    `${fault.path} ${fault.reason}, who could put another one in its place: ${fault.remedy}`,
  );
}

function isOther(variable: string): boolean {
  return !variable.startsWith(`${VARIABLE}=`);
}

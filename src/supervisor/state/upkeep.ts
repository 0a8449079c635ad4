/**
 * Sees to it that what others find foster by, and what a next foster needs, is where it should be: the run directory and the
 * sockets. A job file that tidies up /var/run, or an administrator, removes them while foster runs; a boot script mounts another
 * file system over them.
 */
import type { DescriptorWatcher, Disposable } from '../../kernel/kernel.js';
import { watchMounts } from '../../kernel/files/mount-watch.js';
import { watchForRemoval } from '../../kernel/files/removal-watch.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Report } from '../log/log.js';
import type { Part } from '../engine/part.js';
import type { UnsavedWork } from './unsaved-work.js';

/** Whoever removes a directory removes what is in it first, and fails if something new appears there meanwhile. */
const QUIET_MS = 100;

export interface UpkeepOptions {
  readonly descriptors: DescriptorWatcher;
  readonly unsaved: UnsavedWork;
  /** the run directory */
  readonly directory: string;
  readonly report: Report;
}

/** What is to be where others find it. */
export interface Maintained {
  /** for messages */
  readonly name: string;
  /** Makes again what is missing. @throws the errors of system calls; it is tried again then */
  readonly mend: () => void;
  /** the socket's file, while there is one */
  readonly file?: () => string | undefined;
}

export class Upkeep implements Part {
  readonly #maintained: Maintained[] = [];
  #watch: Disposable | undefined;
  #mounts: Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;
  #complained = false;

  constructor(private readonly options: UpkeepOptions) {
    options.unsaved.onTimer(() => this.check());
  }

  /** From now on it is looked after, too; in this order. */
  add(maintained: Maintained): void {
    this.#maintained.push(maintained);
  }

  start(): void {
    this.check();
  }

  /** Makes again what is missing, tries to write what could not be written, and watches from now on. */
  check(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { unsaved } = this.options;
    for (const { name, mend } of this.#maintained) unsaved.attempt(name, mend);
    unsaved.retry();
    // what is there now may be other files than those that were watched
    this.#follow();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watch?.dispose();
    this.#watch = undefined;
    this.#mounts?.dispose();
    this.#mounts = undefined;
  }

  #follow(): void {
    const { descriptors, directory } = this.options;
    this.#watch?.dispose();
    this.#watch = undefined;
    this.#mounts ??= watchMounts(descriptors, () => this.#lookSoon());
    try {
      const files = this.#maintained.flatMap(({ file }) => file?.() ?? []);
      const names = { directories: [directory], files };
      this.#watch = watchForRemoval(names, descriptors, () => this.#lookSoon());
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#complain(error);
    }
  }

  #lookSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), QUIET_MS).unref();
  }

  #complain(error: SystemError): void {
    if (this.#complained) return;
    this.#complained = true;
    this.options.report(
      'info',
      `When ${this.options.directory} is removed, it is not made again by itself (${error.message}): HUP does so`,
    );
  }
}

/**
 * Keeps the run directory and the sockets in place, which clients and the next supervisor need. A job that cleans up
 * /var/run or an administrator may remove them; a boot script may mount a file system over them.
 */
import type { DescriptorWatcher, Disposable } from '../../kernel/kernel.js';
import { watchMounts } from '../../kernel/files/mount-watch.js';
import { watchForRemoval } from '../../kernel/files/removal-watch.js';
import { SystemError } from '../../kernel/system-error.js';
import type { Report } from '../log/log.js';
import type { Part } from '../engine/part.js';
import type { UnsavedWork } from './unsaved-work.js';

/**
 * How long to wait after a removal: rm -r removes the files of a directory first, and would fail if foster recreated
 * one of them.
 */
const DEBOUNCE_MS = 100;

interface UpkeepOptions {
  readonly descriptors: DescriptorWatcher;
  readonly unsaved: UnsavedWork;
  /** the run directory */
  readonly directory: string;
  readonly report: Report;
}

/** Something that must stay in place. */
interface Maintained {
  /** for messages */
  readonly name: string;
  /** Recreates what is missing. @throws the errors of system calls, after which it is retried */
  readonly repair: () => void;
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

  /** Adds something to keep in place. Repairs are done in the order of additions. */
  add(maintained: Maintained): void {
    this.#maintained.push(maintained);
  }

  start(): void {
    this.check();
  }

  /** Recreates what is missing, retries what could not be written, and renews the watches. */
  check(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { unsaved } = this.options;
    for (const { name, repair } of this.#maintained) unsaved.attempt(name, repair);
    unsaved.retry();
    // the files may be other ones than those that were watched
    this.#watchAll();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watch?.dispose();
    this.#watch = undefined;
    this.#mounts?.dispose();
    this.#mounts = undefined;
  }

  #watchAll(): void {
    const { descriptors, directory } = this.options;
    this.#watch?.dispose();
    this.#watch = undefined;
    this.#mounts ??= watchMounts(descriptors, () => this.#checkSoon());
    try {
      const files = this.#maintained.flatMap(({ file }) => file?.() ?? []);
      const names = { directories: [directory], files };
      this.#watch = watchForRemoval(names, descriptors, () => this.#checkSoon());
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#warnOnce(error);
    }
  }

  #checkSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), DEBOUNCE_MS).unref();
  }

  #warnOnce(error: SystemError): void {
    if (this.#complained) return;
    this.#complained = true;
    this.options.report(
      'info',
      `foster cannot watch ${this.options.directory} (${error.message}): if it is removed, send HUP to recreate it`,
    );
  }
}

import { isDeepStrictEqual } from 'node:util';
import type { CoreEffect, JobRef } from './core/contract.js';
import { LaunchError } from './launch/launch-error.js';
import type { Launched } from './launch/launcher.js';
import { START_MILLISECONDS } from './log.js';

type Spawn = Extract<CoreEffect, { kind: 'spawn' }>;

export interface AheadStartOptions {
  /** what the core will ask for when it is told of main's end; undefined where that is not certain */
  readonly foresee: (job: JobRef, status: number) => Spawn | undefined;
  /** may throw LaunchError */
  readonly start: (spawn: Spawn) => Launched;
  /** it is not asked for, and has to be ended */
  readonly drop: (pid: number) => void;
}

/**
 * A main process that is started the moment that the end of the former one is known. What follows from that end (the
 * follower, the core, the log, the feed) is seen to while the program is up, not before it and not beside it: two
 * processors are often the two threads of one core. The core asks for the start in the end, and is given what is there.
 *
 *      death ─▶ start ─ 2 ms, or whatever comes first ─▶ the death is told ─▶ the core asks for the start ─▶ claim
 *
 * Should it ask for something else, what was started is ended.
 */
export class AheadStart {
  #started: { readonly spawn: Spawn; readonly launched: Launched } | undefined;
  #tell: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AheadStartOptions) {}

  /**
   * Starts main of the job again if that is what will be asked for.
   * @param tell tells of the end; called in a moment, or by `settle`
   * @returns false when nothing has been started
   */
  begin(job: JobRef, status: number, tell: () => void): boolean {
    const spawn = this.options.foresee(job, status);
    if (spawn === undefined) return false;
    try {
      this.#started = { spawn, launched: this.options.start(spawn) };
    } catch (error) {
      // it will fail in the same way when the core asks for it, and be told then
      if (!(error instanceof LaunchError)) throw error;
      return false;
    }
    this.#tell = tell;
    this.#timer = setTimeout(() => this.settle(), START_MILLISECONDS);
    return true;
  }

  /** Tells of the end that has not been told yet. To be called before anything else is told, asked or done. */
  settle(): void {
    const tell = this.#tell;
    if (tell === undefined) return;
    this.#tell = undefined;
    clearTimeout(this.#timer);
    try {
      tell();
    } finally {
      this.#drop();
    }
  }

  /** What has been started for this very spawn; undefined: nothing. */
  claim(spawn: Spawn): Launched | undefined {
    const started = this.#started;
    if (started === undefined || !isSame(started.spawn, spawn)) return undefined;
    this.#started = undefined;
    return started.launched;
  }

  #drop(): void {
    if (this.#started === undefined) return;
    const { pid } = this.#started.launched;
    this.#started = undefined;
    this.options.drop(pid);
  }
}

function isSame(one: Spawn, other: Spawn): boolean {
  return (
    one.job === other.job &&
    one.class === other.class &&
    one.process === other.process &&
    isDeepStrictEqual(one.env, other.env)
  );
}

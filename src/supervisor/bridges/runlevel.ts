/**
 * Keeps the runlevel, for jobs of System V. There is no runlevel except in the last event `runlevel`, no matter who
 * emitted it. It is saved in the run directory, because the next event needs it as PREVLEVEL (Upstart section 11).
 */
import { writeFileSync } from 'node:fs';
import { readTextFile } from '../../kernel/files/read-file.js';
import type { Report } from '../log/log.js';
import { isCodedError } from '../../kernel/errno.js';

/** The output of runlevel(8) without a runlevel. */
const NO_RUNLEVEL = 'N';

export interface Runlevels {
  readonly previous: string;
  readonly current: string;
}

export class Runlevel {
  #levels: Runlevels = { previous: NO_RUNLEVEL, current: NO_RUNLEVEL };

  constructor(
    private readonly path: string,
    private readonly report: Report,
    private readonly onChange: (levels: Runlevels) => void = () => undefined,
  ) {}

  get levels(): Runlevels {
    return this.#levels;
  }

  /** Returns the variables of the event that changes the runlevel. */
  eventFor(level: string): readonly string[] {
    return [`RUNLEVEL=${level}`, `PREVLEVEL=${this.#levels.current}`];
  }

  /** Records the runlevel of an emitted event. */
  onEvent(event: string, env: readonly string[]): void {
    const level = event === 'runlevel' ? valueOf(env, 'RUNLEVEL') : undefined;
    if (level === undefined) return;
    this.#levels = { previous: valueOf(env, 'PREVLEVEL') ?? this.#levels.current, current: level };
    this.save();
    this.onChange(this.#levels);
  }

  /** Restores the runlevel of a former supervisor whose jobs were recovered. */
  restore(): void {
    const [previous, current] = readIfThere(this.path)?.trim().split(' ') ?? [];
    if (previous !== undefined && current !== undefined) this.#levels = { previous, current };
  }

  /** Saves it in the format of runlevel(8). */
  save(): void {
    if (this.#levels.current === NO_RUNLEVEL) return;
    try {
      writeFileSync(this.path, `${this.#levels.previous} ${this.#levels.current}\n`);
    } catch (error) {
      // without a run directory it is only known while this supervisor lives
      if (!isCodedError(error)) throw error;
      this.report('debug', `The runlevel is not kept: ${error.message}`);
    }
  }
}

function valueOf(env: readonly string[], key: string): string | undefined {
  return env.findLast((variable) => variable.startsWith(`${key}=`))?.slice(key.length + 1);
}

function readIfThere(path: string): string | undefined {
  try {
    return readTextFile(path, { limit: 4096 });
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
}

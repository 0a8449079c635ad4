/**
 * Saves, over a reboot, up to when the times of persistent schedules have been handled:
 * STATEDIR/schedule.json.
 *
 * It is written atomically (a new file replaces the old one), and is flushed to disk a moment later. Whoever
 * can write it could start jobs immediately, so it is trusted only if nobody but foster's user and root can.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { literal, parseJson } from '../../codec/codec.js';
import { dictionary } from '../../codec/containers.js';
import { DecodeError } from '../../codec/decode-error.js';
import { record } from '../../codec/record.js';
import { nodeErrorCode } from '../../kernel/errno.js';
import { flushToDisk, writeNewFile } from '../../kernel/files/own-files.js';
import { findPathFault, trustedGroups } from '../../kernel/files/path-trust.js';
import { readTextFile } from '../../kernel/files/read-file.js';
import type { Report } from '../log/log.js';
import { savedTimes, type SavedTimes } from './timetable.js';
import { messageOf } from '../../text/phrases.js';

/** Ten thousand jobs. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;

const file = record({ version: literal(1), jobs: dictionary<SavedTimes, unknown>(savedTimes) });

export class SavedSchedule {
  /** the contents of the file, so that unchanged contents are not written again */
  #written: string | undefined;
  #hasFailed = false;

  constructor(
    private readonly directory: string,
    private readonly report: Report,
  ) {}

  get #path(): string {
    return join(this.directory, 'schedule.json');
  }

  /** Returns what a former supervisor has saved; nothing if that is missing or untrusted. */
  read(): ReadonlyMap<string, SavedTimes> {
    try {
      if (this.#isUntrusted()) return new Map();
      const text = readTextFile(this.#path, { limit: MAX_FILE_BYTES, links: 'refuse' });
      const { jobs } = file.read(parseJson(text), undefined);
      this.#written = text;
      return new Map(Object.entries(jobs));
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return new Map();
      if (!(error instanceof DecodeError) && nodeErrorCode(error) === undefined) throw error;
      const { message } = error as Error;
      this.report(
        'warn',
        `${this.#path} cannot be read (${message}): missed times of schedules are not made up for`,
      );
      return new Map();
    }
  }

  /** Writes the file if anything has changed. Reports once why that fails. */
  write(jobs: ReadonlyMap<string, SavedTimes>): void {
    const text = `${JSON.stringify(file.write({ version: 1, jobs: Object.fromEntries(jobs) }, undefined))}\n`;
    if (text === this.#written || (this.#written === undefined && jobs.size === 0)) return;
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o755 });
      if (this.#isUntrusted()) return;
      const unfinished = `${this.#path}.new`;
      writeNewFile(unfinished, text);
      renameSync(unfinished, this.#path);
      this.#written = text;
      this.#hasFailed = false;
      void this.#flush();
    } catch (error) {
      if (nodeErrorCode(error) === undefined) throw error;
      this.#failed(messageOf(error));
    }
  }

  #isUntrusted(): boolean {
    const own = process.geteuid?.() ?? 0;
    const options = { users: [0, own], groups: trustedGroups(own) };
    const fault = findPathFault(this.directory, options) ?? findPathFault(this.#path, options);
    if (fault !== undefined) this.#failed(`${fault.path} ${fault.reason} (${fault.remedy})`);
    return fault !== undefined;
  }

  /** Flushes in the background: a disk may be slow. */
  async #flush(): Promise<void> {
    try {
      await flushToDisk(this.#path, this.directory);
    } catch (error) {
      if (nodeErrorCode(error) === undefined) throw error;
      this.#failed(messageOf(error));
    }
  }

  #failed(why: string): void {
    if (!this.#hasFailed)
      this.report('warn', `Missed times of schedules cannot be made up for later: ${why}`);
    this.#hasFailed = true;
  }
}

/**
 * RUNDIR/latches: the events that `start on a and b` and `stop on a and b` hold, and the events that no job has seen
 * yet. It is written when that changes, which is rare, and read only after a crash: a re-exec hands over more.
 *
 * What an event has done is in the files of jobs. So a file with the old pending events and the new ones is written before
 * these, and one with the new ones alone after them: a foster that is killed in between forgets no event, and the next one
 * may handle one again, which finds its jobs started.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { literal, opaque, parseJson } from '../../codec/codec.js';
import { DecodeError } from '../../codec/decode-error.js';
import { record } from '../../codec/record.js';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
import type { PendingEvent } from '../core/contract.js';
import type { Report } from '../log/log.js';
import { bootIdentity, isSameBoot, type BootIdentity } from './boot-identity.js';

import type { UnsavedWork } from './unsaved-work.js';
import { writeNewFile } from '../../kernel/files/own-files.js';

/** A thousand events with their variables; foster makes no links here. */
const LATCHES = { limit: 16 * 1024 * 1024, links: 'refuse' } as const;

const contents = record({ version: literal(1), place: bootIdentity, latches: opaque });

interface LatchesFileOptions {
  readonly path: () => string;
  readonly place: BootIdentity;
  /** the pending events now, in order */
  readonly pending: () => readonly PendingEvent[];
  /** @param handled counts as pending @returns the events held and pending now; undefined if there are none */
  readonly latches: (handled: readonly PendingEvent[]) => unknown;
  readonly unsaved: Pick<UnsavedWork, 'attempt'>;
  readonly report: Report;
}

export class LatchesFile {
  #isChanged = false;
  /** the pending events in the file */
  #written: readonly PendingEvent[] = [];

  constructor(private readonly options: LatchesFileOptions) {}

  /** Notes that the file must be written, together with the files of jobs. */
  changed(): void {
    this.#isChanged = true;
  }

  /** Adds the pending events to the file. Must be called before the jobs are saved. */
  writeBeforeJobs(): void {
    const pending = this.options.pending();
    if (!this.#isChanged || pending.length === 0) return;
    const ids = new Set(pending.map(({ id }) => id));
    const handled = this.#written.filter(({ id }) => !ids.has(id));
    this.#write(handled);
  }

  /** Writes the file if something has changed. Must be called when the jobs are saved. */
  writeAfterJobs(): void {
    if (this.#isChanged) this.write();
  }

  write(): void {
    this.#isChanged = false;
    this.#written = this.options.pending();
    this.#write([]);
  }

  #write(handled: readonly PendingEvent[]): void {
    this.options.unsaved.attempt('latches', () => {
      const { path, place: here, latches } = this.options;
      const [file, held] = [path(), latches(handled)];
      if (held !== undefined) {
        writeNewFile(
          `${file}.new`,
          JSON.stringify(contents.write({ version: 1, place: here, latches: held }, undefined)),
        );
        renameSync(`${file}.new`, file);
        // on a read-only file system, rm fails even if there is nothing to remove
      } else if (existsSync(file)) rmSync(file, { force: true });
    });
  }

  /**
   * Passes the events held by a crashed foster to `restore`.
   * @param restore may throw a DecodeError
   */
  recover(restore: (latches: unknown) => void): void {
    const { path, place: here, report } = this.options;
    try {
      const text = readTextIfThere(path(), LATCHES);
      if (text === undefined) return;
      const saved = contents.read(parseJson(text), undefined);
      if (isSameBoot(saved.place, here)) restore(saved.latches);
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof SystemError)) throw error;
      report('error', `Events that jobs had seen before a crash are forgotten: ${path()}: ${error.message}`);
    }
  }
}

/**
 * RUNDIR/latches: the events that `start on a and b` and `stop on a and b` hold. It is written when that
 * changes, which is rare, and read only after a crash: a re-exec hands over more.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { literal, opaque, parseJson } from '../../codec/codec.js';
import { DecodeError } from '../../codec/decode-error.js';
import { record } from '../../codec/record.js';
import { readTextIfThere } from '../../kernel/files/read-file.js';
import { SystemError } from '../../kernel/system-error.js';
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
  /** the events held now; undefined if there are none */
  readonly latches: () => unknown;
  readonly unsaved: Pick<UnsavedWork, 'attempt'>;
  readonly report: Report;
}

export class LatchesFile {
  #pending: NodeJS.Immediate | undefined;

  constructor(private readonly options: LatchesFileOptions) {}

  /** Writes the file at the end of this turn of the event loop. */
  changed(): void {
    this.#pending ??= setImmediate(() => this.write());
  }

  write(): void {
    clearImmediate(this.#pending);
    this.#pending = undefined;
    this.options.unsaved.attempt('latches', () => {
      const { path, place: here, latches } = this.options;
      const [file, held] = [path(), latches()];
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

  close(): void {
    clearImmediate(this.#pending);
  }
}

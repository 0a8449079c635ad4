/** Destinations for the output of jobs. */
import { rmSync, writeFileSync } from 'node:fs';
import type { FileCalls } from '../../kernel/kernel.js';
import { readRegularFile } from '../../kernel/files/read-file.js';
import { nodeErrorCode } from '../../kernel/errno.js';
import { SystemError } from '../../kernel/system-error.js';
import { visibleLine } from '../../text/visible.js';
import type { JobRef } from '../core/contract.js';
import { recordFormat, type ConsoleFormat } from './console-format.js';
import type { ConsoleWriter } from './console-writer.js';
import type { Unseen } from './log-file.js';
import { LineSplitter, LONGEST_LINE } from './line-splitter.js';
import type { RunEvent } from './log-index-format.js';

export interface Sink {
  /** Writes the bytes, which the caller overwrites afterwards. */
  append(bytes: Buffer): void;
  /**
   * Writes the first bytes of a pipe, and removes them from it in such a way that none is lost if foster is killed.
   */
  move(bytes: Buffer, pipe: number): void;
  /** Moves bytes from a pipe without looking at them. @returns undefined if it has to look at them */
  moveUnseen?(pipe: number, most: number): Unseen | undefined;
  /** Ends an unfinished line, since a process of the job has ended. */
  processEnded(): void;
  /** Records the start or end of a run of the job. */
  mark(event: RunEvent): void;
  close(): void;
}

interface ConsoleSinkOptions {
  readonly job: JobRef;
  readonly format: ConsoleFormat;
  readonly writer: Pick<ConsoleWriter, 'write' | 'isTerminal'>;
  /** control characters go to a terminal unescaped */
  readonly raw?: boolean | undefined;
  readonly files: Pick<FileCalls, 'discard'>;
  /** file for an unfinished line, which the next supervisor continues; undefined if there is no run directory */
  readonly restPath?: string | undefined;
  /** also gets the bytes, and removes them from the pipe: the log of a job whose lines also go to the console */
  readonly beside?: Sink | undefined;
}

/**
 * Writes each line as a record to foster's own stdout. All records of one read are written together, since with one
 * write per line a flood of output would delay all other jobs. Bytes are removed from the pipe after they were
 * written: if foster is killed, a line may come twice, but none is lost.
 */
export class ConsoleSink implements Sink {
  private readonly lines: LineSplitter;
  private records: Buffer[] = [];
  private restIsSaved = false;

  constructor(private readonly options: ConsoleSinkOptions) {
    const record = recordFormat(options.job, options.format);
    const shown = options.writer.isTerminal && options.raw !== true ? forTerminal : (line: Buffer) => line;
    this.lines = new LineSplitter((line) => this.records.push(...record(shown(line))));
    const rest = this.savedRest();
    if (rest !== undefined) this.lines.push(rest);
  }

  append(bytes: Buffer): void {
    this.show(bytes);
    this.options.beside?.append(bytes);
  }

  move(bytes: Buffer, pipe: number): void {
    const { beside, files } = this.options;
    this.show(bytes);
    this.saveRest();
    if (beside === undefined) files.discard(pipe, bytes.length);
    else beside.move(bytes, pipe);
  }

  processEnded(): void {
    this.lines.end();
    this.flush();
    this.saveRest();
    this.options.beside?.processEnded();
  }

  mark(event: RunEvent): void {
    this.options.beside?.mark(event);
  }

  close(): void {
    this.processEnded();
    this.options.beside?.close();
  }

  private show(bytes: Buffer): void {
    this.lines.push(bytes);
    this.flush();
  }

  private flush(): void {
    if (this.records.length === 0) return;
    this.options.writer.write(Buffer.concat(this.records));
    this.records = [];
  }

  /** Saves the beginning of a line whose end has not come yet, since it is removed from the pipe with the rest. */
  private saveRest(): void {
    const { restPath } = this.options;
    const { rest } = this.lines;
    if (restPath === undefined || (rest.length === 0 && !this.restIsSaved)) return;
    this.restIsSaved = rest.length > 0;
    try {
      if (rest.length > 0) writeFileSync(restPath, rest, { mode: 0o600 });
      else rmSync(restPath, { force: true });
    } catch (error) {
      // it matters only if foster is killed before the end of the line
      if (nodeErrorCode(error) === undefined) throw error;
    }
  }

  private savedRest(): Buffer | undefined {
    const { restPath } = this.options;
    if (restPath === undefined) return undefined;
    try {
      const rest = readRegularFile(restPath, { limit: LONGEST_LINE, beyond: 'cut', links: 'refuse' });
      this.restIsSaved = true;
      return rest;
    } catch (error) {
      // usually there is none
      if (!(error instanceof SystemError)) throw error;
      return undefined;
    }
  }
}

/** Drops the CR of programs that end their lines with CR LF, as for a terminal. */
function forTerminal(line: Buffer): Buffer {
  return Buffer.from(visibleLine(line.toString('utf8').replace(/\r$/, '')));
}

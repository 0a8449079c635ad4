/** Where the output of a job goes. */
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
  /** takes the bytes before it returns; they are overwritten afterwards */
  append(bytes: Buffer): void;
  /** the same for the first bytes that a pipe holds: they are out of it afterwards, and a kill at any moment loses none */
  move(bytes: Buffer, pipe: number): void;
  /**
   * the same without looking at them, where nothing is to be done by what they are
   * @returns undefined when they have to be looked at
   */
  moveUnseen?(pipe: number, most: number): Unseen | undefined;
  /** a process of the job has ended: an unfinished line is finished */
  processEnded(): void;
  /** a run of the job begins or has ended */
  mark(event: RunEvent): void;
  close(): void;
}

export interface ConsoleSinkOptions {
  readonly job: JobRef;
  readonly format: ConsoleFormat;
  readonly writer: Pick<ConsoleWriter, 'write' | 'isTerminal'>;
  /** control characters go to a terminal as the job wrote them */
  readonly raw?: boolean | undefined;
  readonly files: Pick<FileCalls, 'discard'>;
  /** where an unfinished line is kept, for the next supervisor; undefined where there is no run directory */
  readonly restPath?: string | undefined;
  /** gets the bytes, too, and takes them out of the pipe: lines that go to the console beside their log */
  readonly beside?: Sink | undefined;
}

/**
 * The supervisor's own stdout, a line a record. What one reading brought is written at once: line by line, a job that
 * floods its output would hold up all others. Bytes leave the pipe when they have been written: after a kill they may come
 * twice, but each line comes.
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

  /** The beginning of a line whose end is still to come leaves the pipe with the others. */
  private saveRest(): void {
    const { restPath } = this.options;
    const { rest } = this.lines;
    if (restPath === undefined || (rest.length === 0 && !this.restIsSaved)) return;
    this.restIsSaved = rest.length > 0;
    try {
      if (rest.length > 0) writeFileSync(restPath, rest, { mode: 0o600 });
      else rmSync(restPath, { force: true });
    } catch (error) {
      // only a kill before the end of the line would show it
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
      // there is none, as a rule
      if (!(error instanceof SystemError)) throw error;
      return undefined;
    }
  }
}

/** Programs that write for a terminal end their lines with CR LF. */
function forTerminal(line: Buffer): Buffer {
  return Buffer.from(visibleLine(line.toString('utf8').replace(/\r$/, '')));
}

/** Where the output of a job goes. */
import type { JobRef } from '../core/contract.js';
import { asJson, prefixed, type ConsoleFormat } from './console-format.js';
import type { ConsoleWriter } from './console-writer.js';
import { LineSplitter } from './line-splitter.js';

export interface Sink {
  /** takes the bytes before it returns; they are overwritten afterwards */
  append(bytes: Buffer): void;
  /** a process of the job has ended: an unfinished line is finished */
  processEnded(): void;
  close(): void;
}

/** The supervisor's own stdout, a line a record. */
export class ConsoleSink implements Sink {
  private readonly lines: LineSplitter;

  constructor(job: JobRef, format: ConsoleFormat, writer: ConsoleWriter) {
    this.lines = new LineSplitter((line) =>
      writer.write(format === 'json' ? asJson(job, line, new Date()) : prefixed(job, line)),
    );
  }

  append(bytes: Buffer): void {
    this.lines.push(bytes);
  }

  processEnded(): void {
    this.lines.end();
  }

  close(): void {
    this.lines.end();
  }
}

/** Where the output of a job goes. */
import type { JobRef } from '../core/contract.js';
import { recordFormat, type ConsoleFormat } from './console-format.js';
import type { ConsoleWriter } from './console-writer.js';
import { visibleLine } from '../../text/visible.js';
import { LineSplitter } from './line-splitter.js';

export interface Sink {
  /** takes the bytes before it returns; they are overwritten afterwards */
  append(bytes: Buffer): void;
  /** a process of the job has ended: an unfinished line is finished */
  processEnded(): void;
  close(): void;
}

/**
 * The supervisor's own stdout, a line a record. What one reading brought is written at once: line by line, a job that
 * floods its output would hold up all others.
 */
export class ConsoleSink implements Sink {
  private readonly lines: LineSplitter;
  private records: Buffer[] = [];

  constructor(
    job: JobRef,
    format: ConsoleFormat,
    private readonly writer: Pick<ConsoleWriter, 'write' | 'isTerminal'>,
    /** control characters go to a terminal as the job wrote them */
    raw = false,
  ) {
    const record = recordFormat(job, format);
    const shown = writer.isTerminal && !raw ? forTerminal : (line: Buffer) => line;
    this.lines = new LineSplitter((line) => this.records.push(...record(shown(line))));
  }

  append(bytes: Buffer): void {
    this.lines.push(bytes);
    this.flush();
  }

  processEnded(): void {
    this.lines.end();
    this.flush();
  }

  close(): void {
    this.processEnded();
  }

  private flush(): void {
    if (this.records.length === 0) return;
    this.writer.write(Buffer.concat(this.records));
    this.records = [];
  }
}

/** Programs that write for a terminal end their lines with CR LF. */
function forTerminal(line: Buffer): Buffer {
  return Buffer.from(visibleLine(line.toString('utf8').replace(/\r$/, '')));
}

/** foster's own log: text in Upstart's words, or JSON. */
import { visibleLine } from '../../text/visible.js';
import { LOG_PRIORITIES, type LogPriority } from '../init-options.js';
import type { ReportLane } from '../engine/report-lane.js';

export type LogLevel = LogPriority;

export interface Log {
  (level: LogLevel, text: string): void;
  /** messages below this priority are not logged */
  priority: LogPriority;
  /** Writes everything that has been logged so far. */
  flush(): void;
}

type WriteMessage = (level: LogLevel, text: string) => void;

/**
 * @param format `text`: the message alone, as Upstart writes it; `json`: one object per line
 * @param write writes one line, which includes its newline; usually to stderr
 * @param lane keeps log lines in order with all other reports
 */
export async function createLog(
  format: 'text' | 'json',
  priority: LogPriority,
  write: (line: string) => void,
  lane: ReportLane,
): Promise<Log> {
  const writeMessage = format === 'text' ? textWriter(write) : await jsonWriter(write, lane);
  let least = priority;
  const log: WriteMessage = (level, text) => {
    if (LOG_PRIORITIES.indexOf(level) < LOG_PRIORITIES.indexOf(least)) return;
    lane.add(() => writeMessage(level, text));
  };
  const present: PropertyDescriptor = {
    get: () => least,
    set: (wanted: LogPriority) => {
      least = wanted;
    },
  };
  return Object.defineProperties(log, { priority: present, flush: { value: lane.flush } }) as Log;
}

function textWriter(write: (line: string) => void): WriteMessage {
  return (level, text) => {
    // an internal error has a stack trace, whose lines stay separate
    const lines = level === 'fatal' ? text.split('\n') : [text];
    // escaped, since people read it on terminals, and it contains file names, arguments and output of jobs
    for (const line of lines) write(`${visibleLine(line)}\n`);
  };
}

/** Loads pino only if it is needed: text is logged without it. */
async function jsonWriter(write: (line: string) => void, { timeOfDay }: ReportLane): Promise<WriteMessage> {
  const { jsonLines } = await import('./json-lines.js');
  return jsonLines(write, timeOfDay);
}

/** Writes a message for the administrator to foster's own log. */
export type Report = (level: 'debug' | 'info' | 'warn' | 'error', text: string) => void;

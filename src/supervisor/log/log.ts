/** foster's own log: text in Upstart's words, or JSON. */
import { visibleLine } from '../../text/visible.js';
import { LOG_PRIORITIES, type LogPriority } from '../init-options.js';
import type { ReportLane } from '../engine/report-lane.js';

export type LogLevel = LogPriority;

export interface Log {
  (level: LogLevel, text: string): void;
  /** what is less important is not logged */
  priority: LogPriority;
  /** Writes what has been logged so far. */
  flush(): void;
}

type WriteMessage = (level: LogLevel, text: string) => void;

/**
 * @param format `text`: the message alone, as Upstart writes it; `json`: one object a line
 * @param write takes one line with its end; stderr as a rule
 * @param lane keeps lines in order with everything else that is reported
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
    // an error of foster itself comes with its stack, whose lines stay lines
    const lines = level === 'fatal' ? text.split('\n') : [text];
    // names of files, arguments and words of jobs are in it, and people read it on terminals
    for (const line of lines) write(`${visibleLine(line)}\n`);
  };
}

/** pino is loaded here alone: a program that logs text does not wait for it. */
async function jsonWriter(write: (line: string) => void, { timeOfDay }: ReportLane): Promise<WriteMessage> {
  const { jsonLines } = await import('./json-lines.js');
  return jsonLines(write, timeOfDay);
}

/** Where the parts of the supervisor say what an administrator should know: foster's own log. */
export type Report = (level: 'debug' | 'info' | 'warn' | 'error', text: string) => void;

/** foster's own log: text in Upstart's words, or JSON; both through pino. */
import { visibleLine } from '../text/visible.js';
import { pino, type Logger } from 'pino';
import type { LogPriority } from './init-options.js';
import type { ReportLane } from './report-lane.js';

export type LogLevel = 'debug' | 'info' | 'message' | 'warn' | 'error' | 'fatal';

export interface Log {
  (level: LogLevel, text: string): void;
  priority: LogPriority;
  /** Writes what has been logged so far. */
  flush(): void;
}

/** pino's numbers, with Upstart's `message` (its default priority) between info and warn. */
const LEVELS = { debug: 20, info: 30, message: 35, warn: 40, error: 50, fatal: 60 } as const;

/**
 * @param format `text`: the message alone, as Upstart writes it; `json`: one object a line
 * @param write takes one line with its end; stderr as a rule
 * @param lane keeps lines in order with everything else that is reported
 */
export function createLog(
  format: 'text' | 'json',
  priority: LogPriority,
  write: (line: string) => void,
  lane: ReportLane,
): Log {
  const logger: Logger<keyof typeof LEVELS> = pino(
    {
      level: priority,
      customLevels: LEVELS,
      useOnlyCustomLevels: true,
      base: null,
      timestamp: () => `,"time":"${new Date(lane.timeOfDay()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: format === 'json' ? write : (line) => write(textOf(line)) },
  );
  const log = (level: LogLevel, text: string): void => {
    if (logger.isLevelEnabled(level)) lane.add(() => logger[level](text));
  };
  const flush = (): void => lane.flush();
  const levelOfLogger: PropertyDescriptor = {
    get: () => logger.level,
    set: (wanted: LogPriority) => {
      logger.level = wanted;
    },
  };
  return Object.defineProperties(log, { priority: levelOfLogger, flush: { value: flush } }) as Log;
}

function textOf(line: string): string {
  const { level, msg } = JSON.parse(line) as { level: string; msg: string };
  // a fault of foster itself comes with its stack, whose lines stay lines
  const lines = level === 'fatal' ? msg.split('\n') : [msg];
  // names of files, arguments and words of jobs are in it, and people read it on terminals
  return lines.map((one) => `${visibleLine(one)}\n`).join('');
}

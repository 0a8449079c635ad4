/** foster's own log: text in Upstart's words, or JSON; both through pino. */
import { visibleLine } from '../text/visible.js';
import { pino, type Logger } from 'pino';
import type { LogPriority } from './init-options.js';

export type LogLevel = 'debug' | 'info' | 'message' | 'warn' | 'error' | 'fatal';

export interface Log {
  (level: LogLevel, text: string): void;
  priority: LogPriority;
  /** Writes what has been said so far. */
  flush(): void;
}

/** pino's numbers, with Upstart's `message` (its default priority) between info and warn. */
const LEVELS = { debug: 20, info: 30, message: 35, warn: 40, error: 50, fatal: 60 } as const;

/** How long a small program takes from its start to its first instruction: 1 to 2 ms. */
export const START_MILLISECONDS = 2;

/**
 * @param format `text`: the message alone, as Upstart writes it; `json`: one object a line
 * @param write takes one line with its end; stderr as a rule
 */
export function createLog(
  format: 'text' | 'json',
  priority: LogPriority,
  write: (line: string) => void,
): Log {
  const logger: Logger<keyof typeof LEVELS> = pino(
    {
      level: priority,
      customLevels: LEVELS,
      useOnlyCustomLevels: true,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: format === 'json' ? write : (line) => write(textOf(line)) },
  );
  // Neither between a death and the restart nor beside a program that starts: a line costs a tenth of a millisecond, and
  // two processors are often the two threads of one core.
  let said: { readonly level: LogLevel; readonly text: string }[] = [];
  const flush = (): void => {
    const lines = said;
    said = [];
    for (const { level, text } of lines) logger[level](text);
  };
  const log = (level: LogLevel, text: string): void => {
    if (!logger.isLevelEnabled(level)) return;
    if (said.length === 0) setTimeout(flush, START_MILLISECONDS);
    said.push({ level, text });
  };
  const levelOfLogger: PropertyDescriptor = {
    get: () => logger.level,
    set: (wanted: LogPriority) => {
      logger.level = wanted;
    },
  };
  return Object.defineProperties(log, { priority: levelOfLogger, flush: { value: flush } }) as Log;
}

function textOf(line: string): string {
  // names of files, arguments and words of jobs are in it, and people read it on terminals
  return `${visibleLine((JSON.parse(line) as { msg: string }).msg)}\n`;
}

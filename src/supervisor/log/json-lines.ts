import { pino, type Logger } from 'pino';
import type { LogPriority } from '../init-options.js';

/** pino's numbers, with Upstart's `message` (its default priority) between info and warn. */
const LEVELS: Readonly<Record<LogPriority, number>> = {
  debug: 20,
  info: 30,
  message: 35,
  warn: 40,
  error: 50,
  fatal: 60,
};

/**
 * Makes a JSON object of each message, with its level and its time.
 * @param write takes one line with its end
 * @param timeOfDay when that happened which is being logged, milliseconds since 1970
 */
export function jsonLines(
  write: (line: string) => void,
  timeOfDay: () => number,
): (level: LogPriority, text: string) => void {
  const logger: Logger<LogPriority> = pino(
    {
      level: 'debug',
      customLevels: LEVELS,
      useOnlyCustomLevels: true,
      base: null,
      timestamp: () => `,"time":"${new Date(timeOfDay()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return (level, text) => logger[level](text);
}

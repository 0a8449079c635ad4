import { pino, type Logger } from 'pino';
import type { LogPriority } from '../init-options.js';

/** pino's levels, with Upstart's `message` (its default priority) between info and warn. */
const LEVELS: Readonly<Record<LogPriority, number>> = {
  debug: 20,
  info: 30,
  message: 35,
  warn: 40,
  error: 50,
  fatal: 60,
};

/**
 * Returns a function that writes each message as a JSON object with its level and time.
 * @param write writes one line, which includes its newline
 * @param timeOfDay when the event happened that is being logged, in milliseconds since 1970
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

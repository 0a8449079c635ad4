/** The times of crontab(5), read by croner. */
import { Cron } from 'croner';

export interface Times {
  /** The first of these times that is later; undefined when there is none (30 February). In the time zone of this process. */
  next(after: Date): Date | undefined;
}

/** The shape of a time of crontab(5); croner's further forms (seconds, `L`, `#`) are not for job files. */
const SHAPE =
  /^(?:@(?:hourly|daily|midnight|weekly|monthly|yearly|annually)|[\dA-Za-z*,/-]+(?: [\dA-Za-z*,/-]+){4})$/;

/**
 * @param text five fields, or a word with `@`
 * @throws RangeError which says what is wrong with it
 */
export function timesOf(text: string): Times {
  if (!SHAPE.test(text)) throw new RangeError('it has not that form');
  const pattern = readPattern(text);
  return { next: (after) => pattern.nextRun(after) ?? undefined };
}

function readPattern(text: string): Cron {
  try {
    // without a function to call, croner sets no timer
    return new Cron(text, { paused: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RangeError(reason.replace(/^CronPattern: /, ''), { cause: error });
  }
}

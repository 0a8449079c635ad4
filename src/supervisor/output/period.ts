/** Times at which a log file is put aside whatever its size, in local time. Pure. */
import type { LogPeriod } from '../../jobfile/job-class.js';

/** The first moment of the next hour, day, week (Monday) or month, in milliseconds since 1970. */
export function endOfPeriod(period: LogPeriod, time: number): number {
  const at = new Date(time);
  const [year, month, day] = [at.getFullYear(), at.getMonth(), at.getDate()];
  switch (period) {
    case 'hourly':
      return new Date(year, month, day, at.getHours() + 1).getTime();
    case 'daily':
      return new Date(year, month, day + 1).getTime();
    case 'weekly':
      return new Date(year, month, day + 7 - ((at.getDay() + 6) % 7)).getTime();
    case 'monthly':
      return new Date(year, month + 1, 1).getTime();
  }
}

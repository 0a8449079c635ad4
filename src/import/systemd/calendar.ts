/**
 * Converts calendar expressions of systemd.time(7) to times of crontab(5). If cron's five fields cannot
 * express them, returns the nearest times and what is lost. Pure.
 */

type CronTimes =
  | { readonly ok: true; readonly cron: string; readonly lost: readonly string[] }
  | { readonly ok: false; readonly why: string };

const WORDS: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  quarterly: '*-01,04,07,10-01 00:00:00',
  semiannually: '*-01,07-01 00:00:00',
  yearly: '*-01-01 00:00:00',
  annually: '*-01-01 00:00:00',
};

/** crontab's names of the same days */
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const ZONE = /\s+(UTC|[A-Za-z_]+(?:\/[A-Za-z_+-]+)+)$/;

class Inexpressible extends Error {}

/**
 * Converts one expression.
 * @param text for instance `Mon..Fri *-*-1..7 4:00/15:00`
 */
export function cronTimes(text: string): CronTimes {
  const lost: string[] = [];
  let rest = text.trim();
  const zone = ZONE.exec(rest);
  if (zone !== null) {
    lost.push(`the time zone ${zone[1]!}: foster takes its own (TZ)`);
    rest = rest.slice(0, zone.index);
  }
  rest = WORDS[rest.toLowerCase()] ?? rest;
  try {
    const { days, date, time } = parts(rest);
    const cron = [...timeFields(time, lost), ...dateFields(date, lost), days].join(' ');
    const [, , monthDay] = cron.split(' ');
    if (days !== '*' && monthDay !== '*')
      lost.push(
        'both the day of the week and the day of the month have to fit: in crontab(5) either will do',
      );
    return { ok: true, cron, lost };
  } catch (error) {
    if (error instanceof Inexpressible) return { ok: false, why: error.message };
    throw error;
  }
}

/** Splits an expression: day of the week, then a date (with `-`), then a time (with `:`). */
function parts(text: string): { days: string; date: string; time: string } {
  let [days, date, time] = ['*', '*-*-*', '00:00:00'];
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (/^[A-Za-z]/.test(word)) days = weekDays(word);
    else if (word.includes(':')) time = word;
    else if (/[-~]/.test(word)) date = word;
    else throw new Inexpressible(`"${word}" is no date and no time`);
  }
  return { days, date, time };
}

function weekDays(text: string): string {
  const days = text
    .replace(/,$/, '')
    .split(',')
    .map((part) => {
      const ends = part.split(/\.\.|-/).map(weekDay);
      // crontab's week begins on Sunday, systemd's on Monday
      return ends.length === 2 && ends[1] === 'sun' ? `${ends[0]!}-7` : ends.join('-');
    });
  return days.join(',') === 'mon-7' ? '*' : days.map(numbered).join(',');
}

/** Replaces names by numbers, since a range cannot mix the two. */
function numbered(range: string): string {
  const [from = '', to] = range.split('-');
  if (to === undefined) return from;
  return to === '7' ? `${DAYS.indexOf(from)}-7` : range;
}

function weekDay(name: string): string {
  const day = DAYS.find((known) => name.toLowerCase().startsWith(known));
  if (day === undefined) throw new Inexpressible(`"${name}" is no day of the week`);
  return day;
}

function timeFields(text: string, lost: string[]): readonly string[] {
  const [hours = '', minutes = '', seconds = '00', more] = text.split(':');
  if (more !== undefined) throw new Inexpressible(`"${text}" is no time`);
  if (!/^0*(?:\.0+)?$/.test(seconds)) {
    if (/[*/,.]{1}/.test(seconds.replace(/\.\d+$/, '')))
      lost.push(`the seconds "${seconds}": once a minute is the most that foster can do`);
    else lost.push(`the seconds (${seconds}): the job starts on the minute`);
  }
  return [field(minutes, 0, 59), field(hours, 0, 23)];
}

function dateFields(text: string, lost: string[]): readonly string[] {
  if (text.includes('~')) throw new Inexpressible('days counted from the end of the month (~)');
  const fields = text.split('-');
  const [day = '*', month = '*', year = '*'] = fields.reverse();
  if (fields.length > 3) throw new Inexpressible(`"${text}" is no date`);
  if (year !== '*') lost.push(`the year ${year}: the job starts every year`);
  return [field(day, 1, 31), field(month, 1, 12)];
}

/**
 * Converts values, ranges `a..b` and steps `a/n`; `*` with a step counts from the least value, as in cron.
 */
function field(text: string, least: number, most: number): string {
  return text
    .split(',')
    .map((part) => {
      const match = /^(?:\*|(\d+)(?:\.\.(\d+))?)(?:\/(\d+))?$/.exec(part);
      if (match === null) throw new Inexpressible(`"${part}" has no equal in crontab(5)`);
      const [, from, to, step] = match;
      for (const number of [from, to])
        if (number !== undefined && (Number(number) < least || Number(number) > most))
          throw new Inexpressible(`${number} is not between ${least} and ${most}`);
      if (step === '0') throw new Inexpressible('a step of 0');
      if (from === undefined) return step === undefined ? '*' : `*/${Number(step)}`;
      const range = to === undefined ? `${Number(from)}` : `${Number(from)}-${Number(to)}`;
      if (step === undefined) return range;
      return `${to === undefined ? `${Number(from)}-${most}` : range}/${Number(step)}`;
    })
    .join(',');
}

/** Returns times at this interval, as near as five fields can express it. */
export function cronEvery(seconds: number): { readonly cron: string; readonly exact: boolean } {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const exactMinutes = minutes * 60 === seconds;
  if (minutes < 60)
    return {
      cron: minutes === 1 ? '* * * * *' : `*/${minutes} * * * *`,
      exact: exactMinutes && 60 % minutes === 0,
    };
  const hours = Math.round(minutes / 60);
  if (hours < 24)
    return {
      cron: hours === 1 ? '0 * * * *' : `0 */${hours} * * *`,
      exact: hours * 3600 === seconds && 24 % hours === 0,
    };
  const days = Math.round(hours / 24);
  if (days === 7) return { cron: '0 0 * * sun', exact: seconds === 604_800 };
  if (days < 28) return { cron: days === 1 ? '0 0 * * *' : `0 0 */${days} * *`, exact: seconds === 86_400 };
  return { cron: '0 0 1 * *', exact: false };
}

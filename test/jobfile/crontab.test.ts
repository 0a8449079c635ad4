import t from 'tap';
import { timesOf, type OffsetAt } from '../../src/jobfile/crontab.js';

const DAY = 24 * 3_600_000;

/** The offset of a zone of the tz database, as Node's ICU has it. */
function zone(name: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const known = new Map<number, number>();
  return (moment) => {
    const minute = Math.floor(moment / 60_000);
    const cached = known.get(minute);
    if (cached !== undefined) return cached;
    const parts = Object.fromEntries(
      format.formatToParts(minute * 60_000).map(({ type, value }) => [type, Number(value)]),
    );
    const wall = Date.UTC(parts['year']!, parts['month']! - 1, parts['day'], parts['hour'], parts['minute']);
    known.set(minute, wall - minute * 60_000);
    return wall - minute * 60_000;
  };
}

/** All times of an entry in a range. */
function times(text: string, name: string, from: string, to: string): readonly string[] {
  const entry = timesOf(text, zone(name));
  const found: string[] = [];
  for (let at = entry.next(new Date(from)); at !== undefined && at < new Date(to); at = entry.next(at)) {
    found.push(at.toISOString().slice(0, 16));
  }
  return found;
}

t.test('a time in the gap comes at its end, a list loses nothing', (t) => {
  // New York, 2024-03-10: from 02:00 to 03:00, at 07:00 UTC
  const day = ['America/New_York', '2024-03-10T05:00Z', '2024-03-11T04:00Z'] as const;
  t.same(times('0 2,14 * * *', ...day), ['2024-03-10T07:00', '2024-03-10T18:00']);
  t.same(times('30 2 * * *', ...day), ['2024-03-10T07:00']);
  t.same(times('15,45 2 * * *', ...day), ['2024-03-10T07:00'], 'two in one gap are one');
  t.same(times('*/30 2 * * *', ...day), [], 'a wildcard goes by the clock as it is');
  t.end();
});

t.test('a time that comes twice counts once, with a wildcard twice', (t) => {
  // New York, 2024-11-03: from 02:00 back to 01:00, at 06:00 UTC
  const day = ['America/New_York', '2024-11-03T04:00Z', '2024-11-04T05:00Z'] as const;
  t.same(times('30 1,13 * * *', ...day), ['2024-11-03T05:30', '2024-11-03T18:30']);
  t.same(times('30 * * * *', 'America/New_York', '2024-11-03T05:00Z', '2024-11-03T07:00Z'), [
    '2024-11-03T05:30',
    '2024-11-03T06:30',
  ]);
  const second = timesOf('30 1,13 * * *', zone('America/New_York')).next(new Date('2024-11-03T06:15Z'));
  t.equal(second?.toISOString(), '2024-11-03T18:30:00.000Z', 'also when it is asked for in the second hour');
  t.end();
});

t.test('a gap that crosses midnight leaves no day out', (t) => {
  // Nuuk, 2024-03-30: from 22:00... the clock goes forward at 23:00 or later, in UTC at 01:00 of the next day
  const days = times('59 23 * * *', 'America/Godthab', '2024-03-28T12:00Z', '2024-04-02T12:00Z');
  t.equal(days.length, 5, days.join(' '));
  t.end();
});

/** Zones that change their clocks in unusual ways: half an hour, three hours, at midnight, twice a year, for Ramadan. */
const ZONES = [
  ...[
    'Africa/Cairo',
    'Africa/Casablanca',
    'America/Asuncion',
    'America/Caracas',
    'America/Godthab',
    'America/Havana',
  ],
  ...[
    'America/Sao_Paulo',
    'America/Scoresbysund',
    'Antarctica/Casey',
    'Antarctica/Troll',
    'Asia/Amman',
    'Asia/Beirut',
  ],
  ...[
    'Asia/Gaza',
    'Asia/Pyongyang',
    'Asia/Tehran',
    'Atlantic/Azores',
    'Australia/Lord_Howe',
    'Europe/Berlin',
  ],
  ...['Europe/Volgograd', 'Pacific/Apia', 'Pacific/Easter', 'Pacific/Norfolk'],
];

t.test('every entry comes once on each day, whatever the clock of the zone does', (t) => {
  const wrong: string[] = [];
  const zones =
    process.env['FOSTER_PROPERTY_RUNS'] === undefined ? ZONES : Intl.supportedValuesOf('timeZone');
  for (const name of zones) {
    const offsetAt = zone(name);
    const entry = timesOf('30 1,12,23 * * *', offsetAt);
    for (let day = Date.UTC(2015, 0, 1); day < Date.UTC(2036, 0, 1); day += DAY) {
      // only around changes of the clock is anything to be seen
      if (offsetAt(day + DAY) === offsetAt(day)) continue;
      const [from, to] = [day - 1.5 * DAY, day + 2.5 * DAY];
      const [begin, end] = [from - offsetAt(from), to - offsetAt(to)];
      let count = 0;
      for (let at = entry.next(new Date(begin)); at !== undefined && at.getTime() <= end; at = entry.next(at))
        count += 1;
      if (count !== 12) wrong.push(`${name} ${new Date(day).toISOString().slice(0, 10)}: ${count}`);
    }
  }
  t.same(wrong, []);
  t.end();
});

t.test('what never comes has no next time', (t) => {
  t.equal(timesOf('0 0 30 2 *', zone('Europe/Berlin')).next(new Date(0)), undefined);
  t.end();
});

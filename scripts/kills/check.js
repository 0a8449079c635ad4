/** What the marks of the workers and the logs of foster say, compared. foster is not asked. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Seconds for which a line may wait on a busy machine until foster has its turn: then a kill is as if it had come before. */
const UNREAD = 3;

/**
 * @param downs intervals in seconds since 1970 in which there was no foster, by kind
 * @returns figures by name; `wrong` holds what must not be
 */
export function compare(jobs, directory, logdir, downs) {
  const total = { runs: 0, lines: 0, restarted: 0, doubled: 0, 'lines doubled': 0, 'lines lost': 0 };
  for (const what of Object.keys(downs)) total[`lines lost of runs that ended in ${what}`] = 0;
  const wrong = [];
  for (const { name, isSteady } of jobs) {
    const marks = marksOf(join(directory, `${name}.marks`));
    const starts = marks.filter(([kind]) => kind === 'start');
    const doubles = marks.filter(([kind]) => kind === 'double');
    const ends = new Map(
      marks
        .filter(([kind]) => kind === 'end')
        .map(([, pid, lines, at]) => [pid, { lines: Number(lines), at: Number(at) }]),
    );
    const restarted = isSteady ? starts.length - 1 : starts.length - 1 - ends.size;
    total.runs += starts.length;
    total.doubled += doubles.length;
    total.restarted += Math.max(0, restarted);
    if (doubles.length > 0 || restarted > 0)
      wrong.push(`${name}: ${starts.length} starts, ${ends.size} ends, ${doubles.length} doubled`);
    const found = linesOf(logdir, name);
    for (const [pid, numbers] of found) {
      total.lines += numbers.length;
      const doubled = numbers.length - new Set(numbers).size;
      const expected = ends.get(pid)?.lines ?? Math.max(...numbers) + 1;
      const lost = expected - new Set(numbers).size;
      total['lines doubled'] += doubled;
      const down = endedIn(downs, ends.get(pid)?.at);
      total[down === undefined ? 'lines lost' : `lines lost of runs that ended in ${down}`] += lost;
      if (doubled > 0 || (lost > 0 && down !== 'a kill'))
        wrong.push(`${name}: process ${pid} has ${doubled} lines twice, ${lost} of ${expected} not`);
    }
  }
  return { total, wrong };
}

/** @returns in which kind of interval it was; undefined in none, or where it has not ended */
function endedIn(downs, at) {
  const isIn = ([from, to]) => at >= from - UNREAD && at <= to;
  return Object.keys(downs).find((what) => downs[what].some(isIn));
}

function marksOf(path) {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

/** Numbers by process, in the order of the log, over all its rotations. */
function linesOf(logdir, name) {
  const numberOf = (file) => Number(/\d+$/.exec(file)?.[0] ?? 0);
  const files = readdirSync(logdir)
    .filter((file) => file === `${name}.log` || file.startsWith(`${name}.log.`))
    .sort((one, other) => numberOf(other) - numberOf(one));
  const found = new Map();
  for (const line of files.flatMap((file) => readFileSync(join(logdir, file), 'latin1').split('\n'))) {
    const [, pid, number] = /^(\d+) (\d+)$/.exec(line) ?? [];
    if (pid !== undefined) found.set(pid, [...(found.get(pid) ?? []), Number(number)]);
  }
  return found;
}

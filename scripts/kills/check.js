/**
 * What the marks of the workers and the logs of foster say, compared. foster itself is not asked, but what it has said counts: the
 * last lines of a run may be lost only if foster was killed before it saw the end of the run, and the next one has said so.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How foster reports the end of a run that it has seen, and of one that it has not. */
const REPORT = /^(\S+) main process \((\d+)\) (terminated with|killed by|ended while foster was down)/gm;
const UNSEEN = 'ended while foster was down';
/** How it reports that there may have been a run whose pid it has never known. */
const UNKNOWN = /^(\S+): foster was killed while it started main/gm;

/**
 * @param downs times without a foster that answers, each with its kind; of a kill, from the SIGKILL on
 * @param said the output of all fosters
 * @returns figures by name; `wrong` holds what must not be
 */
export function compare(jobs, directory, logdir, { downs, said }) {
  const total = {
    runs: 0,
    lines: 0,
    restarted: 0,
    doubled: 0,
    'lines doubled': 0,
    'lines lost': 0,
    'runs that ended unseen': 0,
    'lines lost of these': 0,
  };
  const unread = { runs: 0, lines: 0, longest: 0 };
  const wrong = [];
  const reports = reportsIn(said);
  const unknown = [...said.matchAll(UNKNOWN)].map(([, job]) => job);
  for (const job of jobs) {
    const runs = runsOf(job, directory, { total, wrong });
    for (const [pid, numbers] of linesOf(logdir, job.name)) runs.get(pid)?.numbers.push(...numbers);
    // of a run that was never reported, foster may have said so: each time stands for one
    let unknownRuns = unknown.filter((name) => name === job.name).length;
    for (const run of runs.values()) {
      const report = reports.get(`${job.name} ${run.pid}`);
      const isUnknown = report === undefined && run.end !== undefined && unknownRuns-- > 0;
      checkRun(job, run, report === UNSEEN || isUnknown, { total, unread, downs, wrong });
    }
  }
  return { total, unread, wrong };
}

/** By pid, from the marks, with a check that no run was too many. */
function runsOf({ name, isSteady }, directory, { total, wrong }) {
  const marks = marksOf(join(directory, `${name}.marks`));
  const of = (kind) => marks.filter(([word]) => word === kind);
  const [starts, ends, doubles] = [of('start'), of('end'), of('double')];
  const restarted = isSteady ? starts.length - 1 : starts.length - 1 - ends.length;
  total.runs += starts.length;
  total.doubled += doubles.length;
  total.restarted += Math.max(0, restarted);
  if (doubles.length > 0 || restarted > 0)
    wrong.push(`${name}: ${starts.length} starts, ${ends.length} ends, ${doubles.length} doubled`);
  const runs = new Map(starts.map(([, pid]) => [pid, { pid, numbers: [], end: undefined }]));
  for (const [, pid, lines, at] of ends) runs.get(pid).end = { lines: Number(lines), at: Number(at) };
  return runs;
}

function checkRun({ name }, { pid, numbers, end }, isUnseen, { total, unread, downs, wrong }) {
  const there = new Set(numbers).size;
  const expected = end?.lines ?? (numbers.length === 0 ? 0 : Math.max(...numbers) + 1);
  const [doubled, lost] = [numbers.length - there, expected - there];
  const down = end && downs.findLast(({ from, to }) => end.at >= from && end.at <= to);
  // the program before a re-exec leaves the FIFOs open
  const mayLose = isUnseen && down?.kind !== 're-exec';
  total.lines += there;
  total['lines doubled'] += doubled;
  total[mayLose ? 'lines lost of these' : 'lines lost'] += lost;
  if (isUnseen) total['runs that ended unseen'] += 1;
  if (doubled > 0 || (lost > 0 && !mayLose))
    wrong.push(`${name}: process ${pid} has ${doubled} lines twice, ${lost} of ${expected} not`);
  if (mayLose && lost > 0 && down === undefined) noteUnread(end.at, lost, unread, downs);
}

/** The last lines of the run were in the FIFO, and foster had not come to them when it was killed. */
function noteUnread(at, lost, unread, downs) {
  unread.runs += 1;
  unread.lines += lost;
  const kill = Math.min(...downs.map(({ from }) => from).filter((from) => from > at));
  unread.longest = Math.max(unread.longest, kill - at);
}

function reportsIn(said) {
  return new Map([...said.matchAll(REPORT)].map(([, job, pid, how]) => [`${job} ${pid}`, how]));
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

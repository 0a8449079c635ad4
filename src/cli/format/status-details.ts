/** Formats the long form of a job's state. */
import { writeExpression } from '../../jobfile/expression/print.js';
import type { CommandText } from '../../jobfile/job-class/job-class.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { visibleLine } from '../../text/visible.js';
import { wrapText } from '../../text/width.js';
import type { JobFacts } from '../job-facts.js';
import { bytes, processorTime, usageLine } from './usage.js';
import { conditionOf, isSurplus, TROUBLE } from './condition.js';
import { cutLine, painted, type Line, type Shade } from './line.js';
import { processTree } from './process-tree.js';
import { jobTitle, stateWords } from './status-line.js';
import { comingTime, duration, pastTime } from './time.js';
import { pastMain } from './why.js';
import { causeSentence, exitWords, fileState, ownWords, type UserName } from './job-phrases.js';

interface DetailsOptions {
  /** milliseconds since 1970, for "how long ago" */
  readonly now: number;
  /** facts that are shown only for a job that was named */
  readonly facts: JobFacts | undefined;
  readonly userName: UserName;
  /** columns of the terminal: rows wrap; processes and log lines are cut */
  readonly width: number | undefined;
}

export function statusDetails(job: JobStatus, options: DetailsOptions): readonly Line[] {
  const lines = [...stateRows(job, options), ...processRows(job, options), ...pastRows(job, options)].flatMap(
    ([name, value]) => (value === undefined ? [] : rowLines(row(name, value), options.width)),
  );
  const { first, further } = stateWords(job);
  return [
    [`${jobTitle(job)} `, painted(first, shadeOf(job))],
    ...further,
    ...lines,
    ...runs(job, options),
    ...processes(options),
    ...log(options),
  ];
}

/** Returns green for running, red for failed, yellow for a transition. */
function shadeOf(job: JobStatus): Shade | undefined {
  if (job.goal !== 'stop' && job.state === 'running') return 'green';
  if (job.goal === 'stop' && job.state === 'waiting') return job.failure === undefined ? undefined : 'red';
  return 'yellow';
}

type Row = readonly [name: string, value: string | undefined];

function row(name: string, value: string): string {
  return `    ${name.padEnd(12)}${value}`;
}

/**
 * Indents of continuation lines: below the value, or on a narrow terminal a little to the right of the name.
 */
const [VALUE_INDENT, NARROW_INDENT, NARROW] = [16, 8, 60];
/** the ends of mains are aligned with each other already */
const RUN_INDENT = 12;

function rowLines(
  text: string,
  width: number | undefined,
  indent = (width ?? NARROW) < NARROW ? NARROW_INDENT : VALUE_INDENT,
): readonly string[] {
  return width === undefined ? [text] : wrapText(visibleLine(text), width, indent);
}

function stateRows(job: JobStatus, { now, userName }: DetailsOptions): readonly Row[] {
  const { started, stopped } = job.history ?? {};
  return [
    ['about', job.description],
    ['state', trouble(job)],
    ['instances', copiesText(job)],
    ['since', pastTime(job.since, now)],
    ['started', started && `${causeSentence('started', started, userName)}, ${pastTime(started.at, now)}`],
    [
      'stopped',
      stopped === undefined || job.goal !== 'stop'
        ? undefined
        : `${causeSentence('stopped', stopped, userName)}, ${pastTime(stopped.at, now)}`,
    ],
    ['next start', job.nextStart === undefined ? undefined : comingTime(job.nextStart, now)],
    ['manual', job.manual === undefined ? undefined : 'neither events nor times start it'],
    ['waiting for', job.waitingFor],
    ['failed', job.failure],
    ['health', healthText(job, now)],
    ['says', ownWords(job)],
  ];
}

function processRows(job: JobStatus, { now, facts }: DetailsOptions): readonly Row[] {
  return [
    ['main', mainText(job, now)],
    ['launcher', job.launcher === null || job.launcher === job.main ? undefined : String(job.launcher)],
    ['members', pids(job.members)],
    ['detached', pids(job.detached)],
    ['unclear', pids(job.unclear ?? [])],
    [
      'ambiguous',
      job.ambiguous === undefined ? undefined : `main is a guess among ${job.ambiguous.join(' ')}`,
    ],
    ['uses', job.cgroup === undefined ? uses(facts) : usageLine(job.cgroup)],
    ['cgroup', job.cgroup?.paths[0]],
    ['lacks', job.cgroup?.problems.length === 0 ? undefined : job.cgroup?.problems.join('; ')],
    ['oom kills', job.cgroup?.counts.oomKills ? String(job.cgroup.counts.oomKills) : undefined],
    ['traced', traced(job)],
  ];
}

function pastRows(job: JobStatus, { now, facts }: DetailsOptions): readonly Row[] {
  return [
    ['core dump', coreDump(job, now)],
    ['respawns', job.respawns === 0 ? undefined : String(job.respawns)],
    ['last exit', lastExit(job, now)],
    ['tracker', job.tracker],
    ['starts', starts(job, facts)],
    ['file', fileText(job)],
    ['command', commandRow(job, facts)],
    ['log', facts?.unreadable ?? (facts?.logs.length ? facts.logs.join(', ') : undefined)],
  ];
}

/** Returns what starts the job, for instance after a boot: `on startup`, `on schedule 0 4 * * *`. */
function starts({ manual }: JobStatus, facts: JobFacts | undefined): string | undefined {
  const own = facts?.class;
  // `manual` has a row
  if (own === undefined || manual === true) return undefined;
  const { startOn, schedule } = own;
  const ways = [startOn && writeExpression(startOn), schedule && `schedule ${schedule}`];
  const text = ways.filter((way) => way !== undefined && way !== '').join(' or ');
  return text === '' ? 'by command, or for a job that requires it' : `on ${text}`;
}

/** Returns `failed`, `backing off`: Upstart's words on the first line do not say it. */
function trouble(job: JobStatus): string | undefined {
  const condition = conditionOf(job);
  return condition === 'frozen' || TROUBLE.includes(condition) ? condition : undefined;
}

/** Returns the last ends of main; a single one is covered by `last exit`. */
function runs({ history }: JobStatus, { width }: DetailsOptions): readonly Line[] {
  const mains = history?.mains ?? [];
  if (mains.length < 2) return [];
  return [
    row('exits', `of the last ${mains.length} mains`),
    ...mains.flatMap((main) => rowLines(`        ${pastMain(main)}`, width, RUN_INDENT)),
  ];
}

function processes({ facts, width }: DetailsOptions): readonly Line[] {
  const tree = processTree(facts?.processes ?? []);
  return tree.length === 0
    ? []
    : [row('processes', '').trimEnd(), ...tree.map((line) => cutLine(`    ${line}`, width))];
}

function log({ facts, width }: DetailsOptions): readonly Line[] {
  const lines = facts?.lastLines ?? [];
  if (lines.length === 0) return [];
  return [
    '',
    ...lines.map((line) => [
      painted('    | ', 'dim'),
      cutLine(line, width === undefined ? width : width - 6),
    ]),
  ];
}

function uses(facts: JobFacts | undefined): string | undefined {
  const usage = facts?.usage;
  if (usage === undefined) return undefined;
  return `memory ${bytes(usage.memory)}, cpu ${processorTime(usage.cpu)}, tasks ${usage.tasks}`;
}

/**
 * Returns the command of the job's file. If the file has changed since the start, the process tree shows the
 * real command.
 */
function commandRow({ file, main }: JobStatus, facts: JobFacts | undefined): string | undefined {
  const text = facts?.class && commandText(facts.class.processes.main);
  const isNext = file?.state === 'changed' && main !== null;
  return text !== undefined && isNext ? `${text} (from its next start on)` : text;
}

function commandText(main: CommandText | undefined): string | undefined {
  if (main === undefined) return undefined;
  if ('exec' in main) return main.exec;
  return 'argv' in main
    ? main.argv.join(' ')
    : `a script of ${main.script.trimEnd().split('\n').length} lines`;
}

/** Returns `812, up 3 min, attached by pid file`. */
function mainText({ main, mainSince, attached }: JobStatus, now: number): string | undefined {
  if (main === null) return undefined;
  const up = mainSince === undefined ? '' : `, up ${duration(now - Date.parse(mainSince))}`;
  return `${main}${up}${attached === undefined ? '' : `, attached by ${attached}`}`;
}

function fileText({ file }: JobStatus): string | undefined {
  if (file === undefined) return undefined;
  const override = file.override === undefined ? '' : `, ${file.override}`;
  const state = file.state === undefined ? '' : `: ${fileState(file)}`;
  return `${file.path}${override}${state}`;
}

/** Returns `unhealthy, 3 checks in a row have failed, 2 s ago: GET http://127.0.0.1:8080/ answered 503`. */
function healthText({ health }: JobStatus, now: number): string | undefined {
  if (health === undefined) return undefined;
  const { state, failures, last } = health;
  if (last === undefined) return `${state}, not checked yet`;
  const failed =
    failures === 0 ? '' : `, ${failures} ${failures === 1 ? 'check has' : 'checks in a row have'} failed`;
  return `${state}${failed}, ${duration(now - Date.parse(last.at))} ago: ${last.text}`;
}

/** Returns `6, from 1 to 6 (the job file says 4)`. */
function copiesText({ copies, instance }: JobStatus): string | undefined {
  if (copies === undefined) return undefined;
  const { count, first, inFile } = copies;
  const range =
    count === 0 ? '' : count === 1 ? `, number ${first}` : `, from ${first} to ${first + count - 1}`;
  const file = inFile === undefined ? '' : ` (the job file says ${inFile})`;
  return `${count}${range}${isSurplus({ copies, instance }) ? ', and not this one' : ''}${file}`;
}

function traced({ traced: processes }: JobStatus): string | undefined {
  return processes
    ?.map(({ pid, tracer, tracerName }) => `process ${pid} by ${tracer} (${tracerName ?? 'gone'})`)
    .join(', ');
}

function coreDump({ coreDump: dump }: JobStatus, now: number): string | undefined {
  return dump === undefined ? undefined : `process ${dump.pid}, ${pastTime(dump.at, now)}`;
}

function pids(list: readonly number[]): string | undefined {
  return list.length === 0 ? undefined : list.join(' ');
}

function lastExit({ exit }: JobStatus, now: number): string | undefined {
  if (exit === null) return undefined;
  return `${exitWords(exit)}, ${pastTime(exit.at, now)}`;
}

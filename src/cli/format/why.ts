/** Explains in sentences why a job is in its state, from the supervisor's history of the job. Pure. */
import { commandHint } from '../../text/command-hint.js';
import { writeExpression } from '../../jobfile/expression/print.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { JobStatus, PastMainReport } from '../../supervisor/api/job-status.js';
import { counted } from '../../text/phrases.js';
import { conditionOf } from './condition.js';
import { jobTitle } from './status-line.js';
import { briefly, comingTime, duration, localTime, pastTime } from './time.js';
import { causeSentence, exitWords, type UserName } from './job-phrases.js';

export interface WhyInput {
  readonly job: JobStatus;
  /** from the job file; undefined for users who may not read it */
  readonly class: JobClass | undefined;
  readonly userName: UserName;
  /** the last lines that the last main wrote, if it failed */
  readonly lastLines?: readonly string[];
  /** milliseconds since 1970 */
  readonly now: number;
}

/** Returns one sentence per line; an indented line belongs to the one above. */
export function whySentences(input: WhyInput): readonly string[] {
  const { job } = input;
  return [
    headline(input),
    ...checks(input),
    ...waits(job),
    ...causes(input),
    ...ends(input),
    ...output(input),
    ...file(job),
    ...starters(input),
  ].filter((sentence) => sentence !== '');
}

/** What a job does in each state while its goal is start. */
const DOINGS = {
  waiting: 'nothing of it runs',
  starting: 'its event starting is handled before anything of it runs',
  security: 'its security profile is loaded',
  'pre-start': 'its pre-start process runs before main is started',
  spawned: 'main was launched and is not ready yet',
  'post-start': 'main runs, and its post-start process has not ended yet',
  running: 'main runs',
  'pre-stop': 'its pre-stop process runs before main is asked to end',
  stopping: 'its event stopping is handled before main is asked to end',
  killed: 'its processes are ended',
  'post-stop': 'its post-stop process runs after main has ended',
} as const satisfies Record<JobStatus['state'], string>;

function headline({ job, now }: WhyInput): string {
  const title = jobTitle(job);
  const condition = conditionOf(job);
  switch (condition) {
    case 'running':
    case 'unhealthy': {
      const up = job.mainSince === undefined ? '' : `, up ${duration(now - Date.parse(job.mainSince))}`;
      return job.main === null
        ? `${title} runs, without a main process.`
        : `${title} runs${condition === 'unhealthy' ? ', and is unhealthy' : ''}: main is process ${job.main}${up}.`;
    }
    case 'starting':
      return `${title} is being started: ${DOINGS[job.state]}.`;
    case 'stopping':
      return `${title} is being ${job.goal === 'stop' ? 'stopped' : 'restarted'}: ${DOINGS[job.state]}.`;
    case 'backing off':
      return job.respawnAt === undefined
        ? `${title} is backing off: it is started again after a pause.`
        : `${title} is backing off: it is started again at ${comingTime(job.respawnAt, now)}.`;
    case 'waiting':
      if (job.state === 'starting') return `${title} is about to start: ${DOINGS.starting}.`;
      return job.nextStart === undefined
        ? `${title} waits: a part of what starts it has come.`
        : `${title} waits for its time: its schedule starts it at ${comingTime(job.nextStart, now)}.`;
    case 'frozen':
      return `${title} is frozen: '${commandHint('thaw', title)}' lets it go on.`;
    case 'failed':
      return `${title} failed at ${pastTime(job.since, now)}: ${job.failure ?? 'the reason is not known'}.`;
    case 'unclear':
      return `${title} is not started: ${job.failure ?? `processes ${(job.unclear ?? []).join(', ')} may be of it`}.`;
    case 'broken file':
      return `${title} cannot be started: its job file is broken: ${ended(job.file?.error ?? 'the error is not known')}`;
    case 'stopped':
      return `${title} is stopped.`;
  }
}

/** Returns what the health checks report, if they fail. */
function checks({ job: { health }, now }: WhyInput): readonly string[] {
  if (health === undefined || health.failures === 0 || health.last === undefined) return [];
  const { failures, last } = health;
  const count = failures === 1 ? 'Its last check has' : `Its last ${failures} checks have`;
  return [`${count} failed: ${ended(last.text)}`, `The last one was at ${pastTime(last.at, now)}.`];
}

function waits(job: JobStatus): readonly string[] {
  const { waitingFor, state, failure } = job;
  // the headline says when a job that is backing off is started again
  const isSaid = waitingFor === undefined || conditionOf(job) === 'backing off';
  const wait = isSaid ? [] : [`It waits for ${waitingFor}.`];
  // a run that has failed but not ended
  return state !== 'waiting' && failure !== undefined ? [`It has failed: ${failure}.`, ...wait] : wait;
}

/** Returns who started the job, and, if it is down, who stopped it. */
function causes({ job, userName, now }: WhyInput): readonly string[] {
  const { started, stopped } = job.history ?? {};
  const sentence = (done: 'started' | 'stopped', decision: NonNullable<typeof started>): string =>
    `At ${pastTime(decision.at, now)} ${causeSentence(done, decision, userName)}.`;
  return [
    ...(started === undefined ? [] : [sentence('started', started)]),
    // the stop of a restart is not worth a sentence
    ...(stopped === undefined || job.goal !== 'stop' ? [] : [sentence('stopped', stopped)]),
  ];
}

/** How many past runs get a line each. */
const RUNS_SHOWN = 5;

function ends({ job, now }: WhyInput): readonly string[] {
  const { mains = [], started } = job.history ?? {};
  // those of the present or last start
  const own = mains.filter(({ at }) => started === undefined || at >= started.at);
  const last = own.at(-1);
  if (last === undefined) return exitWithoutHistory({ job, now });
  const shown = own.slice(-RUNS_SHOWN);
  if (own.length === 1 && job.respawns === 0) {
    // the headline says how it ended, and when
    const isSaid = conditionOf(job) === 'failed' && last.sequel === 'failed';
    return [isSaid ? `Main had run for ${ran(last)}.` : capital(`${endOf(last, now)}.`)];
  }
  const count = job.respawns === 0 ? '' : `, ${counted(job.respawns, 'respawn')} in all`;
  return [`Ends of main since then${count}:`, ...shown.map((main) => `    ${pastMain(main)}`)];
}

/** Returns the last exit for users who may not see the history. */
function exitWithoutHistory({ job, now }: Pick<WhyInput, 'job' | 'now'>): readonly string[] {
  if (job.exit === null || job.failure !== undefined || job.history !== undefined) return [];
  return [`Its last main ended with ${exitWords(job.exit)} at ${pastTime(job.exit.at, now)}.`];
}

function output({ lastLines = [] }: WhyInput): readonly string[] {
  if (lastLines.length === 0) return [];
  return ['The last that it wrote:', ...lastLines.map((line) => `    | ${line}`)];
}

/**
 * Returns the beginning of the run that has failed; undefined if none has.
 */
export function failedRun(job: JobStatus): number | undefined {
  const last = job.history?.mains.at(-1);
  if (last === undefined || !['failed', 'backing off'].includes(conditionOf(job))) return undefined;
  return Date.parse(last.since);
}

const SEQUELS = {
  stopped: 'as it was asked to',
  finished: 'which is no failure',
  respawned: 'and was respawned',
  failed: 'and the job failed',
} as const satisfies Record<PastMainReport['sequel'], string>;

/**
 * Returns `main process 812 exited with status 1 after 3 s, and was respawned, at 2026-01-02 03:04:05 (3 min
 * ago)`.
 */
function endOf(main: PastMainReport, now: number): string {
  return `main process ${main.pid} ${ending(main)} after ${ran(main)}, ${SEQUELS[main.sequel]}, at ${pastTime(main.at, now)}`;
}

const SHORT_SEQUELS = {
  stopped: 'as asked',
  finished: 'no failure',
  respawned: 'respawned',
  failed: 'failed',
} as const satisfies Record<PastMainReport['sequel'], string>;

/** Returns one of several runs: `2026-01-02 03:04:05  812 exited with status 1 after 3 s: respawned`. */
export function pastMain(main: PastMainReport): string {
  return `${localTime(main.at)}  ${main.pid} ${ending(main)} after ${ran(main)}: ${SHORT_SEQUELS[main.sequel]}`;
}

function ran({ since, at }: PastMainReport): string {
  return briefly(Date.parse(at) - Date.parse(since));
}

function ending(main: PastMainReport): string {
  if ('unknown' in main) return `ended (${exitWords(main)})`;
  // foster sent the signal
  const because = main.because === undefined ? '' : ` (${main.because})`;
  return 'signal' in main
    ? `was ended by signal ${main.signal}${because}`
    : `exited with status ${main.status}${because}`;
}

function file({ file, name, instance, state }: JobStatus): readonly string[] {
  switch (file?.state) {
    case undefined:
      return [];
    case 'changed':
      return [
        `Its job file has changed since its start: '${commandHint('restart', jobTitle({ name, instance }))}' takes it as it is now.`,
      ];
    case 'broken':
      return state === 'waiting'
        ? [`'${commandHint('check', file.path)}' says what is wrong.`]
        : [`Its job file is broken by now: ${ended(file.error ?? file.path)}`];
    case 'gone':
      return ['Its job file is gone: once it is stopped, it is a job no more.'];
  }
}

/** Returns what starts a job that is down. */
function starters({ job, class: own }: WhyInput): readonly string[] {
  if (job.state !== 'waiting' || job.file?.state === 'broken') return [];
  const title = jobTitle(job);
  const remedy =
    job.failure === undefined
      ? `'${commandHint('start', title)}' starts it.`
      : `'${commandHint('log', title)}' shows what it wrote, '${commandHint('start', title)}' tries again.`;
  if (job.manual === true)
    return [
      `Neither events nor times start it (manual): '${commandHint('enable', job.name)}' lets them.`,
      remedy,
    ];
  const onEvents = own?.startOn === undefined ? [] : [`It starts on ${writeExpression(own.startOn)}.`];
  const never =
    own !== undefined && own.startOn === undefined && own.schedule === undefined
      ? ['Only a command, or a job that requires it, starts it.']
      : [];
  const { mains = [], started } = job.history ?? {};
  const notYet =
    mains.length === 0 && started === undefined && job.exit === null && job.failure === undefined;
  return [...(notYet ? ['It has not been started since foster began.'] : []), ...onEvents, ...never, remedy];
}

/** Returns a sentence with a full stop; some error messages end with a question mark already. */
function ended(sentence: string): string {
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}

function capital(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}

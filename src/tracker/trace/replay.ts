/**
 * Replays a recorded trace through the same tracker that runs live. Lines with the same time of receipt were
 * observed together, so all are entered before anything is decided, just as the live supervisor first drains
 * its source.
 */
import type { ExitEvent, Nanoseconds, ProcessEvent } from '../events.js';
import type { Evidence } from '../follower/evidence.js';
import type { Image, Process } from '../model.js';
import { Tracker } from '../tracker.js';
import type { Verdict } from '../verdict.js';
import { numberOf, stringOf, stringsOf, type TraceLine } from './format.js';
import { ThreadFolder } from './threads.js';

/** The job's key in a replay: a trace records one launch. */
const JOB = 'trace';

/**
 * Signals with which a supervisor ends a job; others (HUP, USR1, USR2, WINCH) request a reload or an upgrade.
 */
const ENDING_SIGNALS: ReadonlySet<number> = new Set([2, 3, 9, 15]);

type Step =
  | { readonly kind: 'event'; readonly event: ProcessEvent }
  | { readonly kind: 'launch'; readonly pid: number }
  | { readonly kind: 'reap'; readonly pid: number; readonly status: number }
  | { readonly kind: 'sent'; readonly pid: number; readonly signal: number }
  | { readonly kind: 'program'; readonly pid: number; readonly program: Program };

/** What a process runs, as far as the trace shows it. */
type Program = Pick<Image, 'argv' | 'executable'>;

interface TimedStep {
  readonly received: Nanoseconds;
  readonly time: Nanoseconds;
  readonly step: Step;
}

/**
 * Replays a trace and returns every verdict, in order.
 * @param livedAt whether /proc showed a process alive at that time, if known from outside the trace
 */
export function replay(
  lines: readonly TraceLine[],
  livedAt?: (process: Process, time: Nanoseconds) => boolean,
): Verdict[] {
  const start = lines.find((line) => line.ev === 'start');
  const recorder = start === undefined ? 0 : numberOf(start, 'recorder');
  const steps = toSteps(lines);
  const argv = start && stringsOf(start, 'argv');
  const world = new RecordedWorld(argv, livedAt);
  const tracker: Tracker = new Tracker(recorder, world);
  world.sessionOfMain = () => tracker.follower(JOB)?.main.session.id;
  const verdicts: Verdict[] = [];
  const collect = (): void => {
    for (const output of tracker.take()) if (output.kind === 'verdict') verdicts.push(output.verdict);
  };

  const runTimers = (until: Nanoseconds): void => {
    for (let due = tracker.deadline(); due !== undefined && due < until; due = tracker.deadline()) {
      world.now = due;
      tracker.decide(due);
      collect();
    }
  };
  for (const group of observedTogether(steps)) {
    const now = group[0]!.received;
    runTimers(now);
    world.now = now;
    for (const { step } of group) if (step.kind === 'program') world.programs.set(step.pid, step.program);
    for (const { step, time } of group) apply(tracker, step, time, now, argv);
    tracker.decide(now);
    collect();
  }
  runTimers(Infinity);
  return verdicts;
}

function apply(
  tracker: Tracker,
  step: Step,
  time: Nanoseconds,
  now: Nanoseconds,
  argv: readonly string[] | undefined,
): void {
  switch (step.kind) {
    case 'event':
      tracker.observe([step.event], now);
      return;
    case 'launch':
      tracker.launch(JOB, step.pid, time, now, argv);
      return;
    case 'reap':
      tracker.reaped(step.pid, step.status, time);
      return;
    case 'sent':
      if (ENDING_SIGNALS.has(step.signal) && tracker.follower(JOB)?.main.pid === step.pid)
        tracker.endRequested(JOB, now);
      return;
    case 'program':
      return;
  }
}

/**
 * Replaces /proc in a replay. A trace is read as the supervisor read it, so nothing is known before its line:
 * an exit whose event is still to come has not happened yet. (Looking ahead would make a verdict depend on
 * later lines.)
 */
class RecordedWorld implements Evidence {
  now: Nanoseconds = 0;
  /** set as soon as the tracker exists */
  sessionOfMain: () => number | undefined = () => undefined;
  /** by pid, as far as the trace has been read */
  readonly programs = new Map<number, Program>();

  /** @param launched what the recorder launched */
  constructor(
    private readonly launched: readonly string[] | undefined,
    private readonly livedAt: (process: Process, time: Nanoseconds) => boolean = ({ ended }) =>
      ended === undefined,
  ) {}

  isAlive(process: Process): boolean {
    return this.livedAt(process, this.now);
  }

  /**
   * Returns main's session. A trace contains no strangers' sessions: a child of the recorder can only belong
   * to its one job.
   */
  sessionOf(): number | undefined {
    return this.sessionOfMain();
  }

  /** Returns the program of a process. If it was never read, it is assumed to be what was launched. */
  programOf({ pid }: Process): Program {
    return this.programs.get(pid) ?? { argv: this.launched, executable: undefined };
  }
}

/** Groups consecutive steps with the same time of receipt. */
function* observedTogether(steps: readonly TimedStep[]): Generator<TimedStep[]> {
  let group: TimedStep[] = [];
  for (const step of steps) {
    if (group.length > 0 && group[0]!.received !== step.received) {
      yield group;
      group = [];
    }
    group.push(step);
  }
  if (group.length > 0) yield group;
}

function toSteps(lines: readonly TraceLine[]): TimedStep[] {
  const threads = new ThreadFolder();
  const steps: TimedStep[] = [];
  for (const line of lines) {
    const step = toStep(line, threads);
    if (step !== undefined) steps.push({ received: line.r, time: line.t, step });
  }
  return steps;
}

function toStep(line: TraceLine, threads: ThreadFolder): Step | undefined {
  switch (line.ev) {
    case 'P0':
      return { kind: 'launch', pid: numberOf(line, 'pid') };
    case 'reap':
      return { kind: 'reap', pid: numberOf(line, 'pid'), status: numberOf(line, 'status') };
    case 'sent':
      return { kind: 'sent', pid: numberOf(line, 'pid'), signal: numberOf(line, 'sig') };
    case 'program': {
      const [argv, executable] = [stringsOf(line, 'argv'), stringOf(line, 'exe')];
      return { kind: 'program', pid: numberOf(line, 'pid'), program: { argv, executable } };
    }
    default: {
      const event = toEvent(line, threads);
      return event && { kind: 'event', event };
    }
  }
}

/** Converts a line to an event; undefined for threads, and for lines meant only for the reader. */
function toEvent(line: TraceLine, threads: ThreadFolder): ProcessEvent | undefined {
  const time = line.t;
  const pid = (): number => numberOf(line, 'pid');
  switch (line.ev) {
    case 'fork':
      if (line.fields['thread'] === true) {
        threads.began(numberOf(line, 'child'), numberOf(line, 'ctid'));
        return undefined;
      }
      threads.born(numberOf(line, 'child'));
      return { type: 'fork', time, parent: pid(), child: numberOf(line, 'child') };
    case 'exec': {
      threads.execd(pid());
      const [argv, executable] = [stringsOf(line, 'argv'), stringOf(line, 'exe')];
      return { type: 'exec', time, pid: pid(), ...(argv && { argv }), ...(executable && { executable }) };
    }
    case 'sid':
    case 'coredump':
      return { type: line.ev, time, pid: pid() };
    case 'uid':
    case 'gid': {
      const letter = line.ev[0]!;
      const [real, effective] = [numberOf(line, `r${letter}id`), numberOf(line, `e${letter}id`)];
      return { type: line.ev, time, pid: pid(), real, effective };
    }
    case 'comm':
      return { type: 'comm', time, pid: pid(), comm: stringOf(line, 'comm') ?? '' };
    case 'exit':
      if (!threads.exited(pid(), numberOf(line, 'tid'))) return undefined;
      return { type: 'exit', time, pid: pid(), ...endOf(line) };
    case 'overflow':
      return { type: 'overflow', time };
    default:
      return undefined;
  }
}

/** Returns the details of an exit. perf does not know the status, nor procfs the parent. */
function endOf(line: TraceLine): Pick<ExitEvent, 'status' | 'parent'> {
  const known = (field: string): boolean => line.fields[field] !== null;
  return {
    ...(known('code') && { status: numberOf(line, 'code') }),
    ...(known('ppid') && { parent: numberOf(line, 'ppid') }),
  };
}

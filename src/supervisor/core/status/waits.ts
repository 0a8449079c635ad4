/** Describes what a job waits for: `pre-start process (812) to end, at most 60 s`. */
import type { Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import type { EmittedEvent, Job, Operator } from '../model.js';
import { latchedEvents } from '../events/operator.js';
import { hookProcess, seconds } from '../job/hook.js';
import { readinessRule, type ReadinessRule } from '../job/readiness.js';
import type { TimerKind } from '../timers.js';
import { missingText, progressOf } from './holders.js';

/** Returns undefined if the job waits for nothing but the next command or event. */
export function waitOf(core: CoreState, job: Job, now: Milliseconds): string | undefined {
  if (job.spawning !== undefined) return `${job.spawning} process to be started`;
  switch (job.state) {
    case 'starting':
    case 'stopping':
      return `${whatBlocks(core, job, job.state)}${within(core, job, now, 'event')}`;
    case 'security':
    case 'pre-start':
    case 'post-start':
    case 'pre-stop':
      return hookWait(core, job, now);
    case 'spawned':
      return `${mainOf(job)} ${PROMISES[readinessRule(job.class)]}${within(core, job, now, 'start')}`;
    case 'killed':
      return job.processes.has('main')
        ? `${mainOf(job)} to end: ${killingText(core, job, now)}`
        : 'what is left of its processes to end';
    case 'post-stop':
      return (
        hookWait(core, job, now) ??
        `respawn ${job.respawns.inARow}, in ${remaining(core, job, now, 'respawn')}`
      );
    case 'running':
    case 'waiting':
      return undefined;
  }
}

/** Formats `TERM sent, KILL in 3 s`. */
function killingText(core: CoreState, job: Job, now: Milliseconds): string {
  if (job.killing?.forced === true) return 'KILL was sent';
  return `${job.class.killSignal} sent, KILL in ${remaining(core, job, now, 'kill')}`;
}

const PROMISES = {
  exec: 'to run',
  stop: 'to stop itself (expect stop)',
  'hand-off': 'to put itself in the background',
  auto: 'to stay up, or to put itself in the background',
  notice: 'to be ready',
} as const satisfies Record<ReadinessRule, string>;

function hookWait(core: CoreState, job: Job, now: Milliseconds): string | undefined {
  const hook = hookProcess(job);
  return hook && `${hook.name} process (${hook.process.pid}) to end${within(core, job, now, 'hook')}`;
}

/** Formats a long time without seconds: `59 min`, `4.2 s`. */
function roughly(time: Milliseconds): string {
  return time < 120_000 ? seconds(time) : `${Math.round(time / 60_000)} min`;
}

function mainOf(job: Job): string {
  return `main process (${job.processes.get('main')?.pid ?? 'none'})`;
}

function remaining(core: CoreState, job: Job, now: Milliseconds, timer: TimerKind): string {
  const at = core.timers.dueAt(job, timer);
  return at === undefined ? 'no time' : roughly(Math.max(0, at - now));
}

function within(core: CoreState, job: Job, now: Milliseconds, timer: TimerKind): string {
  const at: Milliseconds | undefined = core.timers.dueAt(job, timer);
  return at === undefined ? '' : `, at most ${roughly(Math.max(0, at - now))}`;
}

/**
 * Describes what blocks a job. Jobs that it requires, or that require it, are named as such: holding an event
 * is only foster's way to wait.
 */
function whatBlocks(core: CoreState, job: Job, state: 'starting' | 'stopping'): string {
  const event = job.blockingEvent;
  if (event === undefined) return `event ${state} to be handled`;
  const related = [...core.jobs.values()].filter(
    (other) => timesHeld(other, event) > 0 && isRelated(job, other, state),
  );
  const names = related.map(progressOf);
  const others = core.holders.of(core, event).filter((holder) => !names.includes(holder));
  const wait = state === 'starting' ? 'to be up' : 'to stop first';
  const handled = `event ${state} to be handled${others.length === 0 ? '' : ` (${others.join('; ')})`}`;
  if (names.length === 0) return handled;
  const listed = `${names.join(', ')} ${wait}`;
  return others.length === 0 ? listed : `${listed}, and ${handled}`;
}

function isRelated(job: Job, other: Job, state: 'starting' | 'stopping'): boolean {
  if (state === 'stopping') return other.class.requires.includes(job.ref.name);
  return [...job.class.requires, ...job.class.after].includes(other.ref.name);
}

function timesHeld({ waiters }: Job, event: EmittedEvent): number {
  let times = 0;
  for (const waiter of waiters) if (waiter.kind === 'event' && waiter.event === event) times += 1;
  return times;
}

/**
 * Describes what is missing from a partly true expression: `event b or c to start, since a has come`. Such an
 * expression holds the events that have come.
 */
export function latchedWait(operator: Operator | undefined, verb: 'start' | 'stop'): string | undefined {
  const come = operator === undefined ? [] : latchedEvents(operator);
  if (operator === undefined || come.length === 0) return undefined;
  const names = come.map(({ name }) => name).join(' and ');
  return `event ${missingText(operator)} to ${verb}, since ${names} ${come.length === 1 ? 'has' : 'have'} come`;
}

/** The core's state, or one job of it, as plain JSON. */
import type { ClassEntry } from '../classes.js';
import type { EventId, JobRef, Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { toAssignments } from '../environment.js';
import type { EmittedEvent } from '../events/event.js';
import { leavesOf, type Operator } from '../events/operator.js';
import { jobKey, type Job } from '../job/job.js';
import { SAVED_VERSION, type SavedCore, type SavedEvent, type SavedJob, type SavedLatches } from './saved.js';

export type { SavedCore } from './saved.js';

/**
 * @param only this job and nothing else: events that it refers to are then not in the result, and a core that takes it
 *   back takes them for finished
 */
export function saveState(core: CoreState, now: Milliseconds, only?: JobRef): SavedCore {
  if (only !== undefined) {
    const job = core.jobs.get(jobKey(only));
    return {
      version: SAVED_VERSION,
      events: [],
      latches: [],
      jobs: job === undefined ? [] : [saveJob(core, job, now)],
    };
  }
  return {
    version: SAVED_VERSION,
    events: [...core.events.living.values()].map(saveEvent),
    latches: [...core.classes.all()].flatMap((entry) => saveLatches(entry)),
    jobs: [...core.jobs.values()].map((job) => saveJob(core, job, now)),
  };
}

function saveEvent(event: EmittedEvent): SavedEvent {
  const progress = event.progress === 'pending' ? 'pending' : 'handling';
  return { id: event.id, name: event.name, env: event.env, progress, failed: event.failed };
}

function saveLatches({ name, startOn }: ClassEntry): SavedLatches[] {
  if (startOn === undefined) return [];
  const { expression, matches } = startOn;
  return matches.map((match) => ({ class: name, expression, leaves: latchIds(match) }));
}

function latchIds(operator: Operator | undefined): (EventId | null)[] {
  return operator === undefined ? [] : leavesOf(operator).map((leaf) => leaf.event?.id ?? null);
}

function saveJob(core: CoreState, job: Job, now: Milliseconds): SavedJob {
  const { run, killing, failure, lastExit, respawns } = job;
  const process = (running: { pid: number; since: Milliseconds }): { pid: number; age: Milliseconds } => ({
    pid: running.pid,
    age: now - running.since,
  });
  return {
    name: job.ref.name,
    instance: job.ref.instance,
    class: job.class,
    goal: job.goal,
    goalAge: now - job.goalSince,
    state: job.state,
    age: now - job.since,
    cycle: job.cycle,
    fresh: job.fresh,
    env: toAssignments(job.env),
    startEnv: job.startEnv === undefined ? null : toAssignments(job.startEnv),
    stopEnv: job.stopEnv,
    processes: [...job.processes].map(([name, running]) => ({ process: name, ...process(running) })),
    spawning: job.spawning ?? null,
    hookEnding: job.hookEnding,
    blocker: job.blocker?.id ?? null,
    heldEvents: job.waiters.flatMap((waiter) => (waiter.kind === 'event' ? [waiter.event.id] : [])),
    stopLatches: latchIds(job.stopOn),
    run: { ...run, launcher: run.launcher === undefined ? null : process(run.launcher) },
    killing:
      killing === undefined
        ? null
        : {
            reason: killing.reason,
            forced: killing.forced,
            members: killing.members,
            age: now - killing.since,
          },
    failure: failure === undefined ? null : { ...failure, status: failure.status ?? null },
    lastExit:
      lastExit === undefined ? null : { status: lastExit.status, pid: lastExit.pid, age: now - lastExit.at },
    respawns: {
      windowAge: respawns.windowStart === undefined ? null : now - respawns.windowStart,
      count: respawns.count,
      inARow: respawns.inARow,
      total: respawns.total,
    },
    respawnIn: job.respawnAt === undefined ? null : job.respawnAt - now,
    timers: [...core.timers.owners()]
      .filter((timer) => timer.job === job)
      .map((timer) => ({ kind: timer.kind, in: timer.at - now })),
  };
}

/** Takes saved jobs and events back (see saved.ts). */
import { offerAgain, type ClassEntry } from '../classes.js';
import type { EventId, Milliseconds } from '../contract.js';
import type { CoreState } from '../core-state.js';
import { environmentOf } from '../environment.js';
import type { EmittedEvent } from '../events/event.js';
import { latched } from '../events/operator.js';
import { StartCondition } from '../events/start-condition.js';
import { adoptJob } from '../job/instance.js';
import { createJob, jobKey, jobLabel, type Job } from '../job/job.js';
import { askForMembersEnd } from '../job/killing.js';
import { advance, spawn } from '../job/transitions.js';
import { waitWithEvent } from '../job/waiters.js';
import { parseSaved } from './parse.js';
import { SavedStateError } from './reader.js';
import type { SavedCore, SavedEvent, SavedJob, SavedLatches } from './saved.js';

/** Saved ids and the events they stand for now. */
type Events = ReadonlyMap<EventId, EmittedEvent>;

/**
 * @param elapsed how long ago it was saved
 * @throws SavedStateError before anything has been changed
 */
export function restoreState(core: CoreState, value: unknown, elapsed: Milliseconds): void {
  const saved = parseSaved(value);
  checkAgainst(core, saved);
  const events = new Map(saved.events.map((event) => [event.id, restoreEvent(core, event)]));
  const jobs = saved.jobs.map((job) => restoreJob(core, job, events, core.now - elapsed));
  for (const latches of saved.latches) restoreLatches(core, latches, events);
  // Whoever held such an event is not among those that came back.
  for (const event of events.values()) {
    if (event.progress === 'handling' && event.holders === 0) core.events.released.push(event);
  }
  for (const job of jobs) resume(core, job);
}

function checkAgainst(core: CoreState, saved: SavedCore): void {
  const keys = new Set(core.jobs.keys());
  saved.jobs.forEach((job, index) => {
    const key = jobKey(job);
    if (keys.has(key)) throw new SavedStateError(`jobs[${index}]`, `there is a job ${jobLabel(job)} already`);
    if (job.state === 'waiting')
      throw new SavedStateError(`jobs[${index}].state`, 'a job in waiting is no job');
    keys.add(key);
  });
}

function restoreEvent(core: CoreState, saved: SavedEvent): EmittedEvent {
  const event: EmittedEvent = {
    id: core.events.nextId,
    name: saved.name,
    env: saved.env,
    progress: saved.progress,
    failed: saved.failed,
    holders: 0,
    blockedJob: undefined,
    command: undefined,
  };
  core.events.nextId += 1;
  core.events.living.set(event.id, event);
  if (event.progress === 'pending') core.events.pending.push(event);
  return event;
}

/** @param then when it was saved, by the present clock */
function restoreJob(core: CoreState, saved: SavedJob, events: Events, then: Milliseconds): Job {
  const entry = entryFor(core, saved);
  const jobClass = sameJson(saved.class, entry.active) ? entry.active : saved.class;
  const job: Job = {
    ...createJob(entry, jobClass, { name: saved.name, instance: saved.instance }, core.now),
    goal: saved.goal,
    goalSince: then - saved.goalAge,
    state: saved.state,
    since: then - saved.age,
    cycle: saved.cycle,
    fresh: saved.fresh,
    env: environmentOf(saved.env),
    startEnv: saved.startEnv === null ? undefined : environmentOf(saved.startEnv),
    stopEnv: saved.stopEnv,
    processes: new Map(saved.processes.map(({ process, pid, age }) => [process, { pid, since: then - age }])),
    spawning: saved.spawning ?? undefined,
    hookEnding: saved.hookEnding,
    ...restoreRun(saved, then),
  };
  adoptJob(core, job);
  job.blocker = saved.blocker === null ? undefined : events.get(saved.blocker);
  if (job.blocker !== undefined) job.blocker.blockedJob = job;
  for (const event of present(saved.heldEvents, events)) waitWithEvent(job, event);
  if (job.class.stopOn !== undefined) job.stopOn = latched(job.class.stopOn, held(saved.stopLatches, events));
  for (const timer of saved.timers) core.timers.set(job, timer.kind, then + timer.in);
  return job;
}

function restoreRun(
  saved: SavedJob,
  then: Milliseconds,
): Pick<Job, 'run' | 'killing' | 'failure' | 'lastExit' | 'respawns' | 'respawnAt'> {
  const { run, killing, failure, lastExit, respawns } = saved;
  return {
    run: {
      ...run,
      programSince: undefined,
      launcher: run.launcher === null ? undefined : { pid: run.launcher.pid, since: then - run.launcher.age },
    },
    killing: killing === null ? undefined : { ...killing, since: then - killing.age },
    failure: failure === null ? undefined : { ...failure, status: failure.status ?? undefined },
    lastExit:
      lastExit === null ? undefined : { status: lastExit.status, pid: lastExit.pid, at: then - lastExit.age },
    respawns: {
      windowStart: respawns.windowAge === null ? undefined : then - respawns.windowAge,
      count: respawns.count,
      inARow: respawns.inARow,
      total: respawns.total,
    },
    respawnAt: saved.respawnIn === null ? undefined : then + saved.respawnIn,
  };
}

/**
 * As before, the class that a living job runs with is the one in use, and what is on disk, if it is another, comes into
 * use when the job is gone.
 */
function entryFor(core: CoreState, saved: SavedJob): ClassEntry {
  const entry = core.classes.get(saved.name);
  if (entry === undefined) {
    const deleted = core.classes.add(saved.name, saved.class);
    deleted.disk = undefined;
    return deleted;
  }
  if (entry.jobs.size === 0 && !sameJson(entry.active, saved.class)) {
    entry.active = saved.class;
    entry.startOn = StartCondition.of(saved.class);
    core.classes.forgetListeners();
  }
  return entry;
}

/** Both were made by the same parser, so equal classes are equal as text. */
function sameJson(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function restoreLatches(core: CoreState, saved: SavedLatches, events: Events): void {
  const startOn = core.classes.get(saved.class)?.startOn;
  if (startOn === undefined) return;
  if (sameJson(startOn.expression, saved.expression)) startOn.restore(held(saved.leaves, events));
  else offerAgain(core, startOn, present(saved.leaves, events));
}

/** For each leaf what it holds. */
function held(ids: readonly (EventId | null)[], events: Events): readonly (EmittedEvent | undefined)[] {
  return ids.map((id) => (id === null ? undefined : events.get(id)));
}

function present(ids: readonly (EventId | null)[], events: Events): EmittedEvent[] {
  return ids.flatMap((id) => (id === null ? [] : (events.get(id) ?? [])));
}

/** Asks again for what was open, and goes on where what the job waited for is gone. */
function resume(core: CoreState, job: Job): void {
  if (job.spawning !== undefined) spawn(core, job, job.spawning);
  if (job.state === 'killed') askForMembersEnd(core, job);
  if ((job.state === 'starting' || job.state === 'stopping') && job.blocker === undefined) advance(core, job);
}

/**
 * Where a job goes from each state (Upstart section 4). Goals other than the one shown change nothing on the way down.
 *
 *      waiting ──start──▶ starting ──▶ security ──▶ pre-start ──▶ spawned ──▶ post-start ──▶ running
 *         ▲                  ▲ │           │            │            │             │           │ ▲ start
 *         │                  │ │ stop      │ stop       │ stop       │ stop        │ stop      │ │ (stop cancelled)
 *         │ stop             │ ▼           ▼            ▼            ▼             ▼           ▼ │
 *         │                  │ stopping ◀──────────────────────────────────────────────── pre-stop
 *         │                  │    │                                        ▲
 *         │                  │    ▼                                        └── running, main has ended
 *         └── post-stop ◀── killed
 *                 └──start───┘
 *
 * Upstart's own `-ing` states between these exist because its children report asynchronously whether exec worked; here a
 * spawn answers at once.
 */
import type { Goal, State } from '../contract.js';
import type { Job } from '../model.js';

const NEXT_STATE = {
  waiting: { start: 'starting', respawn: 'waiting', stop: 'waiting' },
  starting: { start: 'security', respawn: 'security', stop: 'stopping' },
  security: { start: 'pre-start', respawn: 'pre-start', stop: 'stopping' },
  'pre-start': { start: 'spawned', respawn: 'spawned', stop: 'stopping' },
  spawned: { start: 'post-start', respawn: 'stopping', stop: 'stopping' },
  'post-start': { start: 'running', respawn: 'stopping', stop: 'stopping' },
  running: { start: 'stopping', respawn: 'stopping', stop: 'pre-stop' },
  'pre-stop': { start: 'running', respawn: 'stopping', stop: 'stopping' },
  stopping: { start: 'killed', respawn: 'killed', stop: 'killed' },
  killed: { start: 'post-stop', respawn: 'post-stop', stop: 'post-stop' },
  'post-stop': { start: 'starting', respawn: 'starting', stop: 'waiting' },
} as const satisfies Record<State, Record<Goal, State>>;

/** @param mainAlive pre-stop is for a main that still runs: a job whose main has ended by itself skips it */
export function nextState(state: State, goal: Goal, mainAlive: boolean): State {
  if (state === 'running' && !mainAlive) return 'stopping';
  return NEXT_STATE[state][goal];
}

const BEFORE_ITS_END: ReadonlySet<State> = new Set<State>([
  'starting',
  'security',
  'pre-start',
  'spawned',
  'post-start',
  'running',
  'pre-stop',
]);

/** Tests whether the present run is starting or in service, and not stopping. */
function isUpOrStarting(state: State): boolean {
  return BEFORE_ITS_END.has(state);
}

/**
 * Returns the goal of the present run. It is stop, although the job's goal is start, if the run has to make
 * room for the next one: in a restart, and after a crash before the job was up.
 */
function goalOfRun(job: Job): Goal {
  return job.restartPending && isUpOrStarting(job.state) ? 'stop' : job.goal;
}

/** Tests whether the end of main was requested. */
export function isEndRequested(job: Job): boolean {
  return goalOfRun(job) === 'stop';
}

export function nextStateOf(job: Job): State {
  return nextState(job.state, goalOfRun(job), job.processes.has('main'));
}

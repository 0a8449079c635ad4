/**
 * Checks a saved job beyond the types of its fields. A job that waits for something that does not exist would
 * hang for ever, and a main in a state without main would be started a second time.
 */
import type { State } from '../contract.js';
import type { Job } from '../model.js';
import type { TimerKind } from '../timers.js';

/** The states with a main, living or ended. */
const MAY_HAVE_MAIN: ReadonlySet<State> = new Set<State>([
  'spawned',
  'post-start',
  'running',
  'pre-stop',
  'stopping',
  'killed',
]);

/** The hooks that a job waits for in the state of that name. */
const HOOKS = ['security', 'pre-start', 'post-start', 'pre-stop', 'post-stop'] as const;

/** Returns what is missing or superfluous; undefined for a job that foster itself may have saved. */
export function contradictionIn(job: Job, timers: readonly TimerKind[]): string | undefined {
  const { state, processes, spawning, respawnAt, killing } = job;
  const has = (process: (typeof HOOKS)[number] | 'main'): boolean =>
    processes.has(process) || spawning === process;
  if (processes.has('main') && !MAY_HAVE_MAIN.has(state)) return `a main process in ${state}`;
  const hook = HOOKS.find((name) => name === state);
  const isDelayed = state === 'post-stop' && respawnAt !== undefined;
  if (hook !== undefined && !has(hook) && !isDelayed) return `no ${hook} process in ${state}`;
  if (state === 'spawned' && !has('main')) return `no main process in ${state}`;
  if (state !== 'killed') return undefined;
  if (killing === undefined) return 'nothing that is to be ended in killed';
  const isLimited = killing.forced || timers.includes('kill');
  return processes.has('main') && !isLimited ? 'no kill timeout in killed' : undefined;
}

/**
 * Shows what a command waits for, on a terminal only.
 * After a second, one line appears; it is rewritten each second and erased when the answer arrives.
 */
import { RefusedError, UnreachableError } from '../control/client/client.js';
import type { JobStatus } from '../supervisor/api/job-status.js';
import { cutText } from '../text/width.js';
import { visibleCell } from '../text/visible.js';
import { jobTitle } from './format/status-line.js';
import type { Invocation } from './invocation.js';

/** Most commands finish before this; people begin to wonder after it. */
const FIRST_MS = 1000;
const NEXT_MS = 1000;

/** Moves the cursor to the first column, and erases the rest of the line (console_codes(4)). */
const BEGIN = '\r';
const ERASE = '\x1b[K';

/**
 * Waits for work, showing progress.
 * @param describe asks what is waited for; undefined when there is nothing to show
 * @param work what is waited for; its result is returned
 */
export async function withProgress<Result>(
  invocation: Invocation,
  describe: () => Promise<string | undefined>,
  work: Promise<Result>,
): Promise<Result> {
  const { isTerminal, columns, raw } = invocation.terminal;
  if (isTerminal !== true || invocation.json) return work;
  const line = { isOver: false, isShown: false };
  const show = async (): Promise<void> => {
    const text = await describe().catch(noAnswer);
    if (line.isOver) return;
    if (text !== undefined) {
      line.isShown = true;
      // a line as wide as the terminal would leave the cursor in the next line
      raw(`${BEGIN}${cutText(visibleCell(text), (columns?.() ?? 80) - 1)}${ERASE}`);
    }
    timer = setTimeout(() => void show(), NEXT_MS);
  };
  let timer = setTimeout(() => void show(), FIRST_MS);
  try {
    return await work;
  } finally {
    line.isOver = true;
    clearTimeout(timer);
    if (line.isShown) raw(`${BEGIN}${ERASE}`);
  }
}

/** Ignores an unreachable supervisor, which is being replaced or ends: the command itself reports that. */
function noAnswer(error: unknown): undefined {
  if (error instanceof UnreachableError || error instanceof RefusedError) return undefined;
  throw error;
}

/** How many jobs are listed. */
const MOST_JOBS = 3;

/** Returns `waiting for hang: TERM sent, KILL in 3 s`. */
export function waitText(jobs: readonly JobStatus[]): string | undefined {
  if (jobs.length === 0) return undefined;
  const shown = jobs.slice(0, MOST_JOBS).map((job) => `${jobTitle(job)}: ${waitOf(job)}`);
  const more = jobs.length - shown.length;
  return `waiting for ${shown.join('; ')}${more > 0 ? `; ${more} more` : ''}`;
}

function waitOf({ waitingFor, goal, state }: JobStatus): string {
  if (waitingFor === undefined)
    return state === 'running' ? 'it runs, and is watched for a moment' : `${goal}/${state}`;
  return waitingFor.replace(/^main process \(\d+\) to end: /, '');
}

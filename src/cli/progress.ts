/**
 * What a command waits for, told on a terminal once it has taken a second: one line that is rewritten each second and gone
 * when the answer is there. Into a pipe nothing of it goes.
 */
import { RefusedError, UnreachableError } from '../control/client/client.js';
import type { JobStatus } from '../supervisor/api/job-status.js';
import { cutText } from '../text/width.js';
import { visibleCell } from '../text/visible.js';
import { jobTitle } from './format/status-line.js';
import type { Invocation } from './invocation.js';

/** Most commands are answered before it; a person begins to wonder after it. */
const FIRST_MS = 1000;
const NEXT_MS = 1000;

/** Console codes (console_codes(4)): to the first column, and what is right of the cursor away. */
const BEGIN = '\r';
const ERASE = '\x1b[K';

/**
 * @param describe asks what is waited for; undefined where there is nothing to tell
 * @param work what is waited for; its result is this function's
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
      // a line that is as wide as the terminal would leave the cursor in the next one
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

/** The supervisor is being replaced, or ends: the command itself says so. */
function noAnswer(error: unknown): undefined {
  if (error instanceof UnreachableError || error instanceof RefusedError) return undefined;
  throw error;
}

/** How many jobs are told with what they wait for. */
const MOST_JOBS = 3;

/** `waiting for hang: TERM sent, KILL in 3 s` */
export function waitText(jobs: readonly JobStatus[]): string | undefined {
  if (jobs.length === 0) return undefined;
  const told = jobs.slice(0, MOST_JOBS).map((job) => `${jobTitle(job)}: ${waitOf(job)}`);
  const more = jobs.length - told.length;
  return `waiting for ${told.join('; ')}${more > 0 ? `; ${more} more` : ''}`;
}

function waitOf({ waitingFor, goal, state }: JobStatus): string {
  if (waitingFor === undefined)
    return state === 'running' ? 'it runs, and is watched for a moment' : `${goal}/${state}`;
  return waitingFor.replace(/^main process \(\d+\) to end: /, '');
}

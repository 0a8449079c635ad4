/** foster status: prints Upstart's status line first, then the details. */
import { RefusedError } from '../../control/client/client.js';
import type { ErrorBody } from '../../control/errors.js';
import { userNames } from '../../kernel/users/users.js';
import { CliError } from '../cli-error.js';
import { EXIT, STATUS_EXIT } from '../exit-status.js';
import { statusDetails } from '../format/status-details.js';
import type { Invocation } from '../invocation.js';
import { factsOf } from '../job-facts.js';
import { namedStatuses } from '../named-statuses.js';

/** How many lines of a job's log are shown. */
const LINES = 10;

export async function status(invocation: Invocation): Promise<number> {
  try {
    return await show(invocation);
  } catch (error) {
    // LSB: status 4 means "unknown", whatever the reason; an error in the command line stays an error
    if (error instanceof CliError && error.status === EXIT.usage) throw error;
    if (!(error instanceof Error)) throw error;
    if (invocation.json) invocation.printJson(errorBody(error));
    throw new CliError(error.message, STATUS_EXIT.unknown);
  }
}

async function show(invocation: Invocation): Promise<number> {
  const { jobs, isOne } = await namedStatuses(invocation);
  if (invocation.json) {
    invocation.printJson(isOne ? jobs[0] : jobs);
    return EXIT.ok;
  }
  const lines = invocation.amount('lines', 'a number of lines') ?? LINES;
  // without a name it prints an overview: the details are for jobs that were named
  const isFull = invocation.words.length > 0;
  const userName = userNames();
  const { width } = invocation;
  for (const job of jobs) {
    const facts = isFull ? await factsOf(invocation, job, lines) : undefined;
    invocation.printAll(statusDetails(job, { now: Date.now(), facts, userName, width }));
  }
  const running = jobs.every((job) => job.goal !== 'stop' && job.state === 'running');
  return running ? STATUS_EXIT.running : STATUS_EXIT.notRunning;
}

function errorBody(error: Error): ErrorBody {
  if (error instanceof RefusedError) return error.body;
  const unknown = error instanceof CliError && error.status === EXIT.unknownJob;
  return { error: unknown ? 'unknown-job' : 'internal', message: error.message };
}

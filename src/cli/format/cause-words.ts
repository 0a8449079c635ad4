/** Describes who or what started or stopped a job. Pure. */
import type { DecisionReport } from '../../supervisor/api/job-status.js';

/** Returns the name of a user id; undefined when it has none. */
export type UserName = (uid: number) => string | undefined;

type Done = 'started' | 'stopped';

/**
 * Returns `root gave the command 'start'` or `the event runlevel RUNLEVEL=2 started it`: a sentence without
 * its time.
 */
export function causeSentence(done: Done, decision: DecisionReport, userName: UserName): string {
  switch (decision.kind) {
    case 'command':
      return commandSentence(done, decision, userName);
    case 'events': {
      const [first = '', ...others] = decision.events;
      const names =
        others.length === 0 ? `the event ${first}` : `the events ${[first, ...others].join(' and ')}`;
      return `${names} ${done} it`;
    }
    case 'job':
      return done === 'started'
        ? `the job ${decision.job}, which requires it, ${done} it`
        : `the job ${decision.job}, which it requires, was to stop, and ${done} it`;
    case 'clear':
      return `foster ${done} it when the processes that a crash had left unclear had ended`;
  }
}

function commandSentence(
  done: Done,
  { by, verb }: Extract<DecisionReport, { kind: 'command' }>,
  userName: UserName,
): string {
  switch (by) {
    case undefined:
      return `somebody gave the command '${verb}'`;
    case 'schedule':
      return `its schedule ${done} it`;
    case 'foster':
      return `foster ${done} it at its own start`;
    case 'shutdown':
      return `the shutdown of foster ${done} it`;
    default:
      return `${userName(by) ?? `user ${by}`} gave the command '${verb}'`;
  }
}

import type { PendingCommands } from './pending-commands.js';
import type { JobOutputs } from '../output/job-outputs.js';
import type { Effects, Part } from '../engine/part.js';
import type { Storage } from '../state/storage.js';

/** How many of a job's last lines `foster start` shows if it fails. */
export const LINES_SHOWN = 10;

/** Answers pending commands. */
export class Replies implements Part {
  constructor(
    private readonly commands: PendingCommands,
    private readonly outputs: Pick<JobOutputs, 'lastLines'>,
    private readonly storage: Pick<Storage, 'save'>,
  ) {}

  readonly effects = {
    'reply-in-parts': { report: ({ id, jobs }) => this.commands.expect(id, jobs) },
    reply: {
      report: ({ id, outcome }) => {
        // saved first: what a client learns must still be true after a crash. For an order of foster's own the write at the
        // end of this turn is early enough, and a shutdown writes each job once less.
        if (outcome.job !== undefined && this.commands.isForClient(id)) this.storage.save(outcome.job);
        const failed = outcome.ok ? undefined : outcome.job;
        const output = failed === undefined ? [] : this.outputs.lastLines(failed, LINES_SHOWN);
        this.commands.answer(id, { outcome, output });
      },
    },
  } satisfies Effects<'reply' | 'reply-in-parts'>;
}

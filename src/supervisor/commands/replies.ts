import type { PendingCommands } from './pending-commands.js';
import type { JobOutputs } from '../output/job-outputs.js';
import type { Effects, Part } from '../engine/part.js';
import type { Storage } from '../state/storage.js';

/** How many of a job's last lines a failed start shows. */
export const LINES_SHOWN = 10;

/** Answers commands. */
export class Replies implements Part {
  constructor(
    private readonly commands: PendingCommands,
    private readonly outputs: Pick<JobOutputs, 'lastLines'>,
    private readonly storage: Pick<Storage, 'save'>,
  ) {}

  readonly effects = {
    reply: {
      report: ({ id, outcome }) => {
        // a crash does not take back what a client has been told
        if (outcome.job !== undefined) this.storage.save(outcome.job);
        const failed = outcome.ok ? undefined : outcome.job;
        const output = failed === undefined ? [] : this.outputs.lastLines(failed, LINES_SHOWN);
        this.commands.answer(id, { outcome, output });
      },
    },
  } satisfies Effects<'reply'>;
}

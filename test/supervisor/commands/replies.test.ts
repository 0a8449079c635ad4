import { test } from 'tap';
import { PendingCommands } from '../../../src/supervisor/commands/pending-commands.js';
import { Replies } from '../../../src/supervisor/commands/replies.js';
import type { CoreInput, JobRef } from '../../../src/supervisor/core/contract.js';

const JOB: JobRef = { name: 'sshd', instance: '' };

/** Commands whose core replies at once; `saved` lists the jobs that were saved before the reply. */
function setUp() {
  const saved: JobRef[] = [];
  const submit = (input: CoreInput): void => {
    if (input.kind !== 'command') return;
    replies.effects.reply.report({ kind: 'reply', id: input.id, outcome: { ok: true, job: JOB } });
  };
  const commands = new PendingCommands(submit);
  const outputs = { lastLines: () => [] };
  const storage = { save: (job: JobRef): void => void saved.push(job) };
  const replies = new Replies(commands, outputs, storage);
  return { commands, saved };
}

test('a job is saved before a client learns of it', async (t) => {
  const { commands, saved } = setUp();
  const how = { env: [], wait: 'nothing', dialect: 'foster' } as const;
  const { outcome } = await commands.run((id) => ({
    kind: 'command',
    id,
    verb: 'stop',
    name: 'sshd',
    ...how,
  }));
  t.same(outcome, { ok: true, job: JOB });
  t.same(saved, [JOB]);
});

test('an order of foster’s own leaves saving to the end of the turn', async (t) => {
  const { commands, saved } = setUp();
  t.same(await commands.order('stop', 'shutdown', 'sshd'), { ok: true, job: JOB });
  t.same(saved, []);
});

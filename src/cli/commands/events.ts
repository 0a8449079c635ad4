/** foster events: what happens, as it happens; or, with --pending, what waits for what. */
import type { FeedEntry } from '../../supervisor/api.js';
import { EXIT } from '../exit-status.js';
import { feedLine } from '../format/feed.js';
import type { Invocation } from '../invocation.js';

export async function events(invocation: Invocation): Promise<number> {
  if (invocation.has('pending')) return pending(invocation);
  const query = new URLSearchParams(
    invocation.values('type').map((type): [string, string] => ['type', type]),
  );
  const job = invocation.value('job');
  if (job !== undefined) query.set('job', job);
  const show = (entry: unknown) => {
    invocation.print(invocation.json ? JSON.stringify(entry) : feedLine(entry as FeedEntry));
  };
  await invocation.client().follow(`/v1/events?${query.toString()}`, show);
  return EXIT.ok;
}

async function pending(invocation: Invocation): Promise<number> {
  const waiting = await invocation
    .client()
    .request<readonly { what: string; waitsFor: readonly string[] }[]>('/v1/pending');
  if (invocation.json) invocation.printJson(waiting);
  else
    for (const { what, waitsFor } of waiting) invocation.print([what, ...waitsFor].join('\n    waits for '));
  return EXIT.ok;
}

/** foster events: what happens, as it happens; or, with --pending, what waits for what. */
import { followEvents } from '../../control/follow-events.js';
import type { FeedEntry } from '../../supervisor/api.js';
import { visibleJson } from '../../text/visible.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import { feedLine } from '../format/feed.js';
import type { Invocation } from '../invocation.js';
import { parseSince, SINCE_FORMS } from '../since.js';

export async function events(invocation: Invocation): Promise<number> {
  if (invocation.has('pending')) return pending(invocation);
  const verbose = invocation.has('verbose');
  const shown = invocation.json
    ? visibleJson
    : (line: string) => feedLine(JSON.parse(line) as FeedEntry, { verbose });
  const show = (lines: readonly string[]) => invocation.printAll(lines.map(shown));
  await followEvents({
    client: invocation.client(),
    query: queryOf(invocation),
    take: show,
    note: (text) => invocation.complain(text),
  });
  return EXIT.ok;
}

function queryOf(invocation: Invocation): URLSearchParams {
  const query = new URLSearchParams();
  // text says `ns:`, as it is called everywhere else; the type of the event is `namespace`
  for (const type of invocation.values('type')) query.append('type', type === 'ns' ? 'namespace' : type);
  const job = invocation.value('job');
  if (job !== undefined) query.set('job', job);
  if (invocation.has('all')) query.set('all', 'true');
  const since = invocation.value('since');
  if (since !== undefined) query.set('since', sinceTime(since));
  if (!invocation.has('no-follow')) return query;
  if (since === undefined) query.set('since', new Date(0).toISOString());
  query.set('follow', 'false');
  return query;
}

function sinceTime(text: string): string {
  const since = parseSince(text, Date.now());
  if (since === undefined) throw usageError(`--since ${text}: expected ${SINCE_FORMS}`);
  return new Date(since).toISOString();
}

async function pending(invocation: Invocation): Promise<number> {
  const waiting = await invocation
    .client()
    .request<readonly { what: string; waitsFor: readonly string[] }[]>('/v1/pending');
  if (invocation.json) invocation.printJson(waiting);
  else
    for (const { what, waitsFor } of waiting)
      invocation.printAll([what, ...waitsFor.map((reason) => `    waits for ${reason}`)]);
  return EXIT.ok;
}

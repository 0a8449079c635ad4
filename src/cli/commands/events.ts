/** foster events: prints events as they happen, in words at a terminal; with --pending, what waits for what. */
import { followEvents } from '../../control/client/follow-events.js';
import type { FeedEntry } from '../../supervisor/api/feed.js';
import { visibleJson } from '../../text/visible.js';
import { EXIT } from '../exit-status.js';
import { feedLine } from '../format/feed.js';
import { FeedWords } from '../format/feed-words.js';
import { isJobLevel, joinStates, JOB_LEVEL_TYPES } from '../format/job-level.js';
import type { Invocation } from '../invocation.js';

export async function events(invocation: Invocation): Promise<number> {
  if (invocation.has('pending')) return pending(invocation);
  const words = new FeedWords();
  const show = (lines: readonly string[]) => invocation.explain(shownLines(invocation, words, lines));
  await followEvents({
    client: invocation.client(),
    query: queryOf(invocation),
    take: show,
    note: (text) => invocation.complain(text),
  });
  return EXIT.ok;
}

/**
 * Tests whether the user asked for types or processes by name: they then get every entry that the supervisor
 * sends.
 */
function wantsEverything(invocation: Invocation): boolean {
  const naming = ['all-processes', 'all', 'verbose'].some((option) => invocation.has(option));
  return naming || invocation.values('type').length > 0;
}

function shownLines(invocation: Invocation, words: FeedWords, lines: readonly string[]): readonly string[] {
  const everything = wantsEverything(invocation);
  if (everything && invocation.json) return lines.map(visibleJson);
  const entries = lines.map((line) => JSON.parse(line) as FeedEntry);
  const wanted = everything ? entries : entries.filter(isJobLevel);
  // JSON is for programs, which get each change
  if (invocation.json) return wanted.map((entry) => visibleJson(JSON.stringify(entry)));
  // fields are for programs, and for people who ask for details
  if (!everything && invocation.terminal.isTerminal === true) return words.lines(wanted);
  const verbose = invocation.has('verbose');
  return (everything ? wanted : joinStates(wanted)).map((entry) => feedLine(entry, { verbose }));
}

function queryOf(invocation: Invocation): URLSearchParams {
  const query = new URLSearchParams();
  if (!wantsEverything(invocation)) for (const type of JOB_LEVEL_TYPES) query.append('type', type);
  // users write `ns`, as in the rest of foster; the event's type is `namespace`
  for (const type of invocation.values('type')) query.append('type', type === 'ns' ? 'namespace' : type);
  const job = invocation.value('job');
  if (job !== undefined) query.set('job', job);
  if (invocation.has('all')) query.set('all', 'true');
  const since = invocation.time('since');
  if (since !== undefined) query.set('since', new Date(since).toISOString());
  if (!invocation.has('no-follow')) return query;
  if (since === undefined) query.set('since', new Date(0).toISOString());
  query.set('follow', 'false');
  return query;
}

async function pending(invocation: Invocation): Promise<number> {
  const waiting = await invocation
    .client()
    .request<readonly { what: string; waitsFor: readonly string[] }[]>('/v1/pending');
  if (invocation.json) invocation.printJson(waiting);
  else
    for (const { what, waitsFor } of waiting)
      invocation.explain([what, ...waitsFor.map((reason) => `    waits for ${reason}`)]);
  if (waiting.length === 0 && invocation.terminal.isTerminal === true) invocation.explain(['nothing waits']);
  return EXIT.ok;
}

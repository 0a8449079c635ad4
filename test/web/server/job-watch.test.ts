import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { LogSearch } from '../../../src/web/wire.js';
import { runningJob } from '../../control/fake-supervisor.js';
import { OWN_UID } from '../../control/serve.js';
import { until } from '../../helpers/until.js';
import { ask, follow, openWeb, WITH_TOKEN } from '../support/web.js';

const AT = '2026-01-02T03:04:05.678Z';

async function openJob(t: Test, log: string) {
  const open = await openWeb(t);
  const { api } = open.served;
  open.served.pretend.uid = OWN_UID;
  const directory = mkdtempSync(join(tmpdir(), 'foster-web-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'web.log');
  writeFileSync(path, log);
  const status = runningJob('web', 12, { mainSince: AT });
  api.statuses = [status];
  api.trees = [{ status, roots: [{ pid: 12, command: 'web\x07', role: 'main', session: 12, children: [] }] }];
  api.logs = [path];
  return { ...open, api, path, status };
}

t.test('a page that shows a job gets its processes, its reasons and its log, and what comes', async (t) => {
  const { address, api, path, status } = await openJob(t, 'one\n<b>two</b>\x1b[1m\r\n');
  const stream = await follow(t, address, '?job=web');
  t.match(await stream.next('processes'), { roots: [{ pid: 12, command: 'web\\x07', role: 'main' }] });
  t.match(await stream.next('story'), { story: { sentences: [/^web runs: main is process 12/] } });
  t.match(await stream.next('log'), {
    isFirst: true,
    lines: [
      { text: 'one', stream: 'out' },
      { text: '<b>two</b>\\x1b[1m', stream: 'out' },
    ],
  });
  appendFileSync(path, 'three\n');
  t.match(await stream.next('log', ({ isFirst }) => !isFirst), { lines: [{ text: 'three' }] });
  await until('both subscriptions', () => api.listeners.size === 2);
  t.ok(
    [...api.listeners.values()].some(({ job }) => job === 'web'),
    'processes of this job alone',
  );
  api.trees = [{ status, roots: [{ pid: 12, command: 'web', role: 'main', session: 12, children: [] }] }];
  const fork = { type: 'fork', parent: 12, child: 13, time: 1 } as const;
  api.publish({ at: AT, job: 'web', instance: '', type: 'process', event: fork });
  api.publish({ at: AT, job: 'other', instance: '', type: 'process', event: { ...fork, child: 14 } });
  t.match(await stream.next('process-entries'), {
    left: 0,
    entries: [{ kind: 'fork', text: '12 created 13' }],
  });
  await stream.next('processes', ({ roots }) => roots[0]?.command === 'web');
  stream.close();
  await until('the end of both subscriptions', () => api.listeners.size === 0);
});

t.test('an instance that has gone is told of, and its processes are gone, too', async (t) => {
  const { address, api } = await openJob(t, '');
  const stream = await follow(t, address, '?job=web&instance=');
  await stream.next('processes', ({ roots }) => roots.length === 1);
  [api.statuses, api.trees] = [[], []];
  await until('both subscriptions', () => api.listeners.size === 2);
  api.publish({ at: AT, job: 'web', instance: '', type: 'verdict', verdict: 'ended', pid: 12, reason: '' });
  await stream.next('processes', ({ roots }) => roots.length === 0);
  await stream.next('story', ({ story }) => story.sentences[0] === 'Unknown job: web.');
});

t.test('a storm of forks is counted, not told', async (t) => {
  const { address, api } = await openJob(t, '');
  const stream = await follow(t, address, '?job=web');
  await until('both subscriptions', () => api.listeners.size === 2);
  for (let child = 100; child < 1100; child += 1)
    api.publish({
      at: AT,
      job: 'web',
      instance: '',
      type: 'process',
      event: { type: 'fork', parent: 12, child, time: 1 },
    });
  const last = await stream.next(
    'process-entries',
    ({ entries }) => entries.at(-1)?.text === '12 created 1099',
  );
  t.ok(last.entries.length <= 60);
  t.ok(last.left > 0);
});

t.test('a log that is not there yet is followed once it is', async (t) => {
  const { address, api, path } = await openJob(t, 'late\n');
  api.logs = [];
  const stream = await follow(t, address, '?job=web');
  await stream.next('processes');
  t.notOk(stream.messages.some((message) => 'kind' in message && message.kind === 'log'));
  api.logs = [path];
  await until('both subscriptions', () => api.listeners.size === 2);
  api.publish({
    at: AT,
    job: 'web',
    instance: '',
    type: 'verdict',
    verdict: 'main',
    pid: 12,
    reason: 'launched',
  });
  t.match(await stream.next('log'), { isFirst: true, lines: [{ text: 'late' }] });
});

t.test('a search looks through the whole log', async (t) => {
  const lines = Array.from(
    { length: 20_000 },
    (_, number) => `line ${number}${number % 10 === 0 ? ' Boom' : ''}`,
  );
  const { address } = await openJob(t, `${lines.join('\n')}\nlast without an end`);
  const search = async (query: string) => {
    const { status, text } = await ask(address, `/api/log?job=web&${query}`, { headers: WITH_TOKEN });
    return { status, ...(JSON.parse(text) as LogSearch) };
  };
  const found = await search('text=boom');
  t.match(found, { status: 200, found: 2000, isCut: false });
  t.equal(found.lines.length, 500);
  t.equal(found.lines.at(-1)?.text, 'line 19990 Boom');
  t.match(await search('text=without'), { found: 1, lines: [{ text: 'last without an end' }] });
  t.match(await search(`pattern=true&text=${encodeURIComponent('^line 1999\\d$')}`), { found: 9 });
  t.match(await search('text=.*'), { found: 0 });
  t.match(await search('pattern=true&text=('), { status: 400, error: /Not a regular expression/ });
  t.match(await search('text='), { status: 400 });
});

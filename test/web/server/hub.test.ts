import t from 'tap';
import { Hub } from '../../../src/web/server/hub.js';
import type { StreamMessage } from '../../../src/web/wire.js';
import { jobStatus, runningJob } from '../../control/fake-supervisor.js';
import { serve } from '../../control/serve.js';
import { until } from '../../helpers/until.js';
import { follow, openWeb, QUICK } from '../support/web.js';

const AT = '2026-01-02T03:04:05.678Z';
const USAGE = {
  source: 'processes' as const,
  memoryLimit: null,
  ioRead: null,
  ioWritten: null,
  frozen: false,
  tasks: 1,
  instance: '',
};

t.test('a page gets jobs, what they use, and what happens', async (t) => {
  const { address, served } = await openWeb(t);
  served.api.statuses = [
    runningJob('web', 12, { mainSince: AT, description: 'a\x07b', respawns: 2 }),
    jobStatus('db', { failure: 'main process (9) terminated with status 1' }),
  ];
  let cpu = 0;
  const usage = t.capture(served.api.groupCommands, 'usage', () =>
    Promise.resolve([{ ...USAGE, name: 'web', cpu: (cpu += 1000), memory: 4096 }]),
  );
  const stream = await follow(t, address);
  t.match(await stream.next('hello'), { version: '1', mayAct: true });
  t.match((await stream.next('jobs', ({ jobs }) => jobs.length === 2)).jobs, [
    { title: 'db', condition: 'failed', tone: 'bad', reason: /terminated with status 1/ },
    {
      title: 'web',
      condition: 'running',
      tone: 'good',
      main: 12,
      respawns: 2,
      upSince: Date.parse(AT),
      description: 'a\\x07b',
      runs: [{ pid: 12, until: null, outcome: 'runs' }],
    },
  ]);
  const [percent, memory] = (
    await stream.next('usage', (message) => (message.usage['web']?.[0] ?? null) !== null)
  ).usage['web']!;
  t.ok(percent! > 0);
  t.equal(memory, 4096);
  t.ok(usage().length > 1);
  await until('a subscription', () => served.api.listeners.size === 1);
  served.api.publish({
    at: AT,
    type: 'state',
    from: 'running',
    to: 'stopping',
    goal: 'stop',
    job: 'web',
    instance: '',
  });
  t.match((await stream.next('entries', ({ entries }) => entries.length > 0)).entries, [
    { job: 'web', kind: 'state', text: 'running → stopping' },
  ]);
});

t.test('a change of state is looked at in a moment, and a job that is gone goes', async (t) => {
  const { address, served } = await openWeb(t, { times: { ...QUICK, sample: 3_600_000 } });
  served.api.statuses = [jobStatus('a'), jobStatus('b')];
  const stream = await follow(t, address);
  await stream.next('jobs', ({ jobs }) => jobs.length === 2);
  await until('a subscription', () => served.api.listeners.size === 1);
  served.api.statuses = [runningJob('a', 4), jobStatus('b')];
  served.api.publish({
    at: AT,
    type: 'state',
    from: 'waiting',
    to: 'running',
    goal: 'start',
    job: 'a',
    instance: '',
  });
  t.match(await stream.next('jobs', ({ isAll }) => !isAll), { jobs: [{ title: 'a', condition: 'running' }] });
  served.api.statuses = [runningJob('a', 4)];
  served.api.publish({
    at: AT,
    type: 'verdict',
    verdict: 'ended',
    pid: 1,
    reason: '',
    job: 'b',
    instance: '',
  });
  t.match(await stream.next('jobs', ({ isAll, jobs }) => isAll && jobs.length === 1), {
    jobs: [{ title: 'a' }],
  });
});

t.test('when foster goes away the page is told, and when it comes back, too', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('a')];
  const { address } = await openWeb(t, { served });
  const stream = await follow(t, address);
  await stream.next('foster', ({ isUp }) => isUp);
  served.server.close();
  t.match(await stream.next('foster', ({ isUp }) => !isUp), { message: /./ });
  await stream.next('foster', ({ message }) => message.includes('no supervisor listens'));
});

t.test('others than the owner see jobs alone', async (t) => {
  const { address, served } = await openWeb(t);
  served.pretend.uid = 4711;
  served.api.statuses = [runningJob('a', 4)];
  const stream = await follow(t, address, '?job=a');
  await stream.next('foster', ({ isUp, isOwner }) => isUp && !isOwner);
  await stream.next('jobs', ({ jobs }) => jobs.length === 1);
  served.api.statuses = [jobStatus('a')];
  await stream.next('jobs', ({ jobs }) => jobs[0]?.condition === 'stopped');
  const kinds = new Set<string>(
    stream.messages.map((message) => ('kind' in message ? message.kind : message.type)),
  );
  t.notOk(
    ['log', 'processes', 'entries', 'story'].some((kind) => kinds.has(kind)),
    [...kinds].join(),
  );
});

t.test('a second page is told at once what is known, and shares what is asked for', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('a')];
  const hub = new Hub(served.client, QUICK);
  t.teardown(() => hub.close());
  const first: StreamMessage[] = [];
  hub.subscribe((message) => first.push(message));
  await until('foster', () => first.some((message) => 'kind' in message && message.kind === 'foster'));
  await until('a subscription', () => served.api.listeners.size === 1);
  const second: StreamMessage[] = [];
  hub.subscribe((message) => second.push(message));
  t.match(second.slice(0, 4), [
    { kind: 'foster', isUp: true },
    { kind: 'jobs', isAll: true, jobs: [{ title: 'a' }] },
    { kind: 'usage-history' },
    { kind: 'entries' },
  ]);
  t.equal(served.api.listeners.size, 1);
});

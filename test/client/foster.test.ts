/** foster/client: what other programs in Node have of a supervisor. */
import { test } from 'tap';
import { connect, RefusedError, UnreachableError, type FeedEntry } from 'foster/client';
import { runningJob } from '../control/fake-supervisor.js';
import { serve } from '../control/serve.js';
import { Supervisor } from '../helpers/supervisor.js';

test('jobs by pattern, and one by its name or instance', async (t) => {
  const served = await serve(t);
  served.api.statuses = [
    runningJob('web-1', 11),
    runningJob('web-2', 12),
    runningJob('net/db', 13, { instance: 'main' }),
  ];
  const foster = connect({ socket: served.path });
  t.same(
    (await foster.jobs('web-*', 'net/*')).map(({ main }) => main),
    [13, 11, 12],
  );
  t.equal((await foster.jobs()).length, 3);
  t.equal((await foster.job('net/db', { instance: 'main' })).main, 13);
  t.equal((await foster.job('net/db', { env: { NAME: 'main' } })).main, 13);
});

test('a command says how long to wait, and a refusal is an error with its code', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('web', 11)];
  const foster = connect({ socket: served.path });
  const answer = await foster.restart('web', { env: { N: '1' }, wait: 'nothing', timeout: 500 });
  t.equal(answer.status?.main, 11);
  await foster.restart('web', { keep: true });
  await foster.scale('web', 3);
  t.match(served.api.commands, [
    { verb: 'restart', name: 'web', env: ['N=1'], wait: 'nothing', timeout: 500, fresh: true },
    { verb: 'restart', fresh: false },
    { verb: 'scale', count: 3 },
  ]);
  await t.rejects(
    foster.job('nobody'),
    new RefusedError(404, { error: 'unknown-job', message: 'Unknown job: nobody' }),
  );
  await t.rejects(connect({ socket: `${served.path}.gone` }).version(), UnreachableError);
});

test('signals, events and commands without a file', async (t) => {
  const served = await serve(t);
  const foster = connect({ socket: served.path });
  await foster.signal('web', 'HUP', { group: true });
  await foster.emit('backup-done', { DISK: 'sda' });
  await foster.run('nap', ['sleep', '5']);
  t.same(served.api.calls, ['signal web 1 group', 'emit backup-done DISK=sda', 'run nap: sleep 5']);
});

test('a slow loop misses nothing of what it is sent, and a loop that ends closes its connection', async (t) => {
  const served = await serve(t);
  const foster = connect({ socket: served.path });
  const subscribed = new Promise<void>((resolve) => (served.api.onSubscribe = resolve));
  const names: string[] = [];
  const entry = (name: string): FeedEntry => ({
    at: '2026-01-02T03:04:05.678Z',
    type: 'event',
    name,
    env: [],
  });
  const sending = subscribed.then(() => {
    for (let count = 0; count < 2000; count += 1) served.api.publish(entry(`e${count}`));
  });
  for await (const next of foster.events({ types: ['event'] })) {
    if (next.type === 'event') names.push(next.name);
    if (names.length % 500 === 0) await new Promise(setImmediate);
    if (names.length === 2000) break;
  }
  await sending;
  t.same(
    names,
    Array.from({ length: 2000 }, (_, count) => `e${count}`),
  );
});

test('an iteration ends by its signal, before it begins and in its midst', async (t) => {
  const served = await serve(t);
  const foster = connect({ socket: served.path });
  for await (const entry of foster.events({ signal: AbortSignal.abort() })) t.fail(JSON.stringify(entry));
  const abort = new AbortController();
  served.api.onSubscribe = () => abort.abort();
  for await (const entry of foster.events({ signal: abort.signal })) t.fail(JSON.stringify(entry));
});

test('a real supervisor: a job is started, watched over a re-exec, and stopped', async (t) => {
  const supervisor = await Supervisor.start(t, { 'nap.ini': 'exec = sleep 1000\n' });
  const foster = connect({ socket: supervisor.socket });
  const { main } = (await foster.start('nap')).status!;
  t.equal((await foster.tree('nap'))[0]?.roots[0]?.pid, main);
  const notes: string[] = [];
  const states: string[] = [];
  const options = {
    job: 'nap',
    types: ['state'],
    since: new Date(0),
    onReconnect: (text: string) => void notes.push(text),
  };
  for await (const entry of foster.events(options)) {
    if (entry.type !== 'state') continue;
    states.push(entry.to);
    if (entry.to === 'running') await supervisor.cli('reexec').then(() => foster.stop('nap'));
    if (entry.to === 'waiting') break;
  }
  t.match(states.join(' '), /^starting .*running .*stopping .*waiting$/);
  t.equal((await foster.job('nap')).state, 'waiting');
  await foster.shutdown();
  t.equal(await supervisor.ended, 0);
});

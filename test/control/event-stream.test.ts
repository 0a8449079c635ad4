import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import t from 'tap';
import { EventStream } from '../../src/control/event-stream.js';
import type { FeedEntry } from '../../src/supervisor/api.js';
import { serve } from './serve.js';

const at = '2026-01-02T03:04:05.678Z';
const event = (name: string): FeedEntry => ({ at, type: 'event', name, env: [] });

t.test('follows what the filter lets through, until the client goes', async (t) => {
  const { api, client } = await serve(t);
  const stop = new AbortController();
  const seen: unknown[] = [];
  const take = (entry: unknown) => {
    seen.push(entry);
    stop.abort();
  };
  let filter: unknown;
  api.onSubscribe = () => {
    [filter] = api.listeners.values();
    api.publish(event('startup'));
  };
  await client.follow('/v1/events?job=sshd&type=event&type=state', take, stop.signal);
  t.same(seen, [event('startup')]);
  t.same(filter, { job: 'sshd', types: ['event', 'state'] });
});

t.test('a reader that is too slow learns how much it missed, and costs no memory', async (t) => {
  const { api, path } = await serve(t);
  const subscribed = new Promise<void>((resolve) => (api.onSubscribe = resolve));
  const sent = request({ socketPath: path, path: '/v1/events', agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await subscribed;
  const before = process.memoryUsage().rss;
  const total = 20_000;
  for (let index = 0; index < total; index += 1) api.publish(event(`${index} ${'x'.repeat(10_000)}`));
  t.ok(process.memoryUsage().rss - before < 100e6, '200 MB were not kept');

  let text = '';
  let read = 0;
  for await (const chunk of response) {
    text += String(chunk);
    const lines = text.split('\n');
    text = lines.pop()!;
    const missed = lines
      .map((line) => JSON.parse(line) as FeedEntry)
      .find((entry) => entry.type === 'missed');
    read += lines.length;
    if (missed === undefined) continue;
    t.equal(missed.count + read - 1, total, 'every entry was read or counted');
    break;
  }
});

t.test('a subscription ends with its connection', async (t) => {
  const { api, path } = await serve(t);
  const sent = request({ socketPath: path, path: '/v1/events', agent: false });
  sent.on('error', () => undefined);
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  t.equal(api.listeners.size, 1);
  const gone = new Promise<void>((resolve) => {
    const [listener] = api.listeners.keys();
    const remove = api.listeners.delete.bind(api.listeners);
    api.listeners.delete = (key) => {
      if (key === listener) resolve();
      return remove(key);
    };
  });
  response.destroy();
  await gone;
  t.equal(api.listeners.size, 0);
});

t.test('after the notice entries flow again', (t) => {
  const lines: string[] = [];
  let room = false;
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  output.write = (chunk: unknown) => {
    lines.push(String(chunk));
    return room;
  };
  const stream = new EventStream(output, () => at);
  stream.write({ n: 1 });
  stream.write({ n: 2 });
  stream.write({ n: 3 });
  room = true;
  output.emit('drain');
  stream.write({ n: 4 });
  t.same(
    lines.map((line) => JSON.parse(line) as unknown),
    [{ n: 1 }, { at, type: 'missed', count: 2 }, { n: 4 }],
  );
  t.end();
});

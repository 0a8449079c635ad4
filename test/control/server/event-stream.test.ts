import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import t from 'tap';
import { EventStream } from '../../../src/control/server/event-stream.js';
import type { FeedEntry } from '../../../src/supervisor/api/feed.js';
import { until } from '../../helpers/until.js';
import { serve } from '../serve.js';

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

/** A reader that takes something when it is told to. */
function slowReader() {
  let text = '';
  let taken: (() => void) | undefined;
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      taken = done;
    },
    // so that each write asks for a drain
    highWaterMark: 1,
  });
  const lines = () =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  /** reads all that waits, and what comes of that */
  const read = async (): Promise<void> => {
    while (taken !== undefined) {
      const done = taken;
      taken = undefined;
      done();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { output, lines, read };
}

t.test('entries of one moment are written at once, in order', async (t) => {
  const { output, lines, read } = slowReader();
  let writes = 0;
  const stream = new EventStream(
    Object.assign(output, {
      write: ((original) => (chunk: unknown) => {
        writes += 1;
        return original(chunk);
      })(output.write.bind(output)),
    }),
    () => at,
  );
  t.teardown(() => stream.close());
  for (let n = 1; n <= 3; n += 1) stream.write({ n });
  await read();
  await Promise.resolve();
  t.equal(writes, 1);
  t.same(lines(), [{ n: 1 }, { n: 2 }, { n: 3 }]);
});

t.test('the notice stands where the missed entries would have been, and entries flow again', async (t) => {
  const { output, lines, read } = slowReader();
  const room = '{"n":1}\n'.length;
  const stream = new EventStream(
    output,
    () => at,
    () => room,
  );
  t.teardown(() => stream.close());
  /** reads on until it has been told so many entries */
  const readUntil = (count: number) =>
    until('entries', async () => {
      await read();
      return lines().length >= count;
    });
  stream.write({ n: 1 });
  await Promise.resolve();
  for (const n of [2, 3, 4]) stream.write({ n });
  await readUntil(3);
  stream.write({ n: 5 });
  await readUntil(4);
  const told = lines() as readonly { n?: number; count?: number }[];
  const missed = told.findIndex(({ count }) => count !== undefined);
  t.same(
    told.slice(0, missed).map(({ n }) => n),
    Array.from({ length: missed }, (_, index) => index + 1),
    'what came before',
  );
  t.equal(missed + told[missed]!.count!, 4, 'each of the four was told or counted');
  t.same(told.slice(missed + 1), [{ n: 5 }]);
});

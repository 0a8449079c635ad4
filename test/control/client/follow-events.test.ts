import { rmSync } from 'node:fs';
import t from 'tap';
import { ControlClient } from '../../../src/control/client/client.js';
import { followEvents } from '../../../src/control/client/follow-events.js';
import { ControlServer } from '../../../src/control/server/server.js';
import { EventLoop } from '../../../src/kernel/event-loop.js';
import type { FeedEntry } from '../../../src/supervisor/api/feed.js';
import { until } from '../../helpers/until.js';
import { FakeSupervisor } from '../fake-supervisor.js';
import { OWN_UID, shortDirectory } from '../serve.js';

const event = (name: string, at: string): FeedEntry => ({ at, type: 'event', name, env: [] });
const nameOf = (line: string): string => (JSON.parse(line) as { name: string }).name;

t.test(
  'a follower goes on with the next foster from the time that it saw last, and ends with the last one',
  async (t) => {
    const path = `${shortDirectory(t)}/s`;
    const open = async (api: FakeSupervisor): Promise<ControlServer> =>
      ControlServer.listen({
        api,
        path,
        ownUid: OWN_UID,
        connections: 10,
        descriptors: new EventLoop(),
        peerCredentials: () => ({ pid: process.pid, uid: 0, gid: 0 }),
        warn: () => undefined,
      });
    const first = new FakeSupervisor();
    const server = await open(first);
    const names: string[] = [];
    const notes: string[] = [];
    const following = followEvents({
      client: new ControlClient(path),
      query: new URLSearchParams({ job: 'a' }),
      take: (lines) => void names.push(...lines.map(nameOf)),
      note: (text) => void notes.push(text),
      patience: { crashed: 60_000, ended: 500 },
    });
    await until('the follower', () => first.listeners.size === 1);
    first.publish(event('one', '2026-01-02T03:04:05.000Z'));
    first.publish(event('two', '2026-01-02T03:04:06.000Z'));
    await until('its entries', () => names.length === 2);

    const second = new FakeSupervisor();
    let filter: unknown;
    second.onSubscribe = () => {
      [filter] = second.listeners.values();
      // a new foster that remembers: the moment that was seen, and what came after it
      second.publish(event('two', '2026-01-02T03:04:06.000Z'));
      second.publish(event('three', '2026-01-02T03:04:06.000Z'));
    };
    server.close();
    const next = await open(second);
    await until('the next entry', () => names.includes('three'));
    t.same(names, ['one', 'two', 'three'], 'none twice');
    t.match(filter, { job: 'a', since: Date.parse('2026-01-02T03:04:06.000Z') });
    t.match(notes, [/foster was replaced: events go on from 2026-01-02T03:04:06\.000Z/]);

    next.close();
    rmSync(path, { force: true });
    await following;
    t.equal(notes.length, 1, 'an orderly end is one');
  },
);

t.test('without a foster at the beginning, that is the error', async (t) => {
  const client = new ControlClient(`${shortDirectory(t)}/s`);
  const options = { client, query: new URLSearchParams(), take: () => undefined, note: () => undefined };
  await t.rejects(followEvents(options), { message: /there is no such socket/ });
});

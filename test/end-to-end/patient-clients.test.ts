/** What waits or follows goes on when foster is replaced, or is killed and started again. */
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

/** Becomes ready three seconds after its start. */
const SLOW = "exec sh -c 'sleep 3; echo up; exec sleep 1000'\nready log up\n";

for (const [what, replace] of [
  ['a re-exec', (supervisor: Supervisor) => supervisor.reexec()],
  [
    'a crash',
    async (supervisor: Supervisor) => {
      await supervisor.kill();
      await supervisor.begin();
    },
  ],
] as const) {
  test(`a waiting start survives ${what}, and says so`, async (t) => {
    const supervisor = await Supervisor.start(t, { 'slow.conf': SLOW });
    const start = supervisor.cli('start', 'slow');
    const { main } = await supervisor.untilStatus('slow', ({ state }) => state === 'spawned');
    await replace(supervisor);
    const { status, out, err } = await start;
    t.match({ status, out }, { status: 0, out: /^slow start\/running/ }, err);
    t.match(err, /foster was replaced while it waited for slow: it goes on waiting/);
    t.equal((await supervisor.status('slow')).main, main, 'it was not started again');
  });

  test(`a follower of events survives ${what}, and says so`, async (t) => {
    const supervisor = await Supervisor.start(t, { 'a.conf': 'exec sleep 1000\n' });
    const follower = supervisor.goingOn('events', '--type', 'event');
    let [out, err] = ['', ''];
    follower.stdout!.on('data', (part: Buffer) => (out += part.toString()));
    follower.stderr!.on('data', (part: Buffer) => (err += part.toString()));
    const emitUntilSeen = (name: string) =>
      until(name, async () => {
        await supervisor.cli('emit', '--no-wait', name);
        return out.includes(name);
      });
    await emitUntilSeen('before');
    await replace(supervisor);
    await emitUntilSeen('after');
    t.match(err, /foster was replaced: events go on from 2/);
    t.equal(follower.exitCode, null, 'it follows still');
    follower.kill();
  });
}

test('a waiting event survives a re-exec', async (t) => {
  const supervisor = await Supervisor.start(t, { 'slow.conf': `start on go\n${SLOW}` });
  const emit = supervisor.cli('emit', 'go');
  await supervisor.untilStatus('slow', ({ state }) => state === 'spawned');
  await supervisor.cli('reexec');
  const { status, err } = await emit;
  t.equal(status, 0, err);
  t.equal((await supervisor.status('slow')).state, 'running');
});

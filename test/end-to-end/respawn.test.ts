/** What happens at the same time as a respawn. */
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';

const ROUNDS = 10;

const LOGGED = { args: ['--log-priority', 'info'] };

test('a request that comes at the moment of a respawn neither ends the new process nor starts a second one', async (t) => {
  const jobs = { 'foo.conf': 'respawn\nrespawn limit unlimited\nexec sleep 1000\n' };
  const supervisor = await Supervisor.start(t, jobs, LOGGED);
  t.match(await supervisor.cli('start', 'foo'), { status: 0 });
  let { main } = await supervisor.status('foo');
  for (let round = 1; round <= ROUNDS; round += 1) {
    const former = main!;
    process.kill(former, 'SIGKILL');
    const change = { kind: 'set', variable: `ROUND=${round}` };
    const body = { job: 'foo', change };
    await supervisor.client.request('/v1/environment', { method: 'POST', body });
    const status = await supervisor.untilStatus('foo', ({ respawns }) => respawns === round);
    main = status.main;
    t.not(main, former);
  }
  await supervisor.untilMessage(new RegExp(`process \\(${main}\\)`));
  const log = supervisor.messages;
  t.equal([...log.matchAll(/killed by KILL signal/g)].length, ROUNDS);
  t.equal([...log.matchAll(/foo main process \([0-9]+\)\n/g)].length, ROUNDS + 1, 'each was started once');
  t.equal((await supervisor.status('foo')).main, main);
});

test('the log has an end, its consequences and the next start in their order', async (t) => {
  const supervisor = await Supervisor.start(t, { 'foo.conf': 'respawn\nexec sleep 1000\n' }, LOGGED);
  t.match(await supervisor.cli('start', 'foo'), { status: 0 });
  const { main } = await supervisor.status('foo');
  process.kill(main!, 'SIGKILL');
  const { main: next } = await supervisor.untilStatus('foo', ({ respawns }) => respawns === 1);
  await supervisor.untilMessage(new RegExp(`foo main process \\(${next}\\)\\n[^]*to running`));
  const lines = [
    `foo main process (${main}) killed by KILL signal`,
    'foo main process ended, respawning',
    'foo state changed from running to stopping',
    'foo state changed from stopping to killed',
    'foo state changed from killed to post-stop',
    'foo state changed from post-stop to starting',
    `foo main process (${next})`,
    'foo state changed from post-start to running',
  ];
  const found = supervisor.messages.split('\n').filter((line) => lines.includes(line));
  t.same(found.slice(-lines.length), lines);
});

test('a job of an .ini file that crashes at once backs off, over a re-exec too, and has failed in the end', async (t) => {
  const jobs = { 'flap.ini': 'exec = sh -c "exit 3"\nrespawn = true\nrespawn limit = 7 600\n' };
  const supervisor = await Supervisor.start(t, jobs);
  t.match(await supervisor.cli('start', 'flap'), { status: 1, err: /terminated with status 3/ });
  const before = await supervisor.untilStatus(
    'flap',
    ({ respawns, respawnAt }) => respawns === 7 && respawnAt !== undefined,
  );
  const { out } = await supervisor.cli('status', 'flap');
  t.match(out, /^flap start\/post-stop$/m);
  t.match(out, /waiting for +respawn 7, in [\d.]+ s/);
  await supervisor.reexec();
  const after = await supervisor.status('flap');
  if (after.respawnAt !== undefined)
    t.ok(
      Math.abs(Date.parse(after.respawnAt) - Date.parse(before.respawnAt!)) < 500,
      'the re-exec has not changed when',
    );
  const failed = await supervisor.untilStatus('flap', ({ state }) => state === 'waiting');
  t.match(failed.failure, /respawning too fast: main process \(\d+\) terminated with status 3/);
  t.match(await supervisor.cli('status', 'flap'), { status: 3 });
});

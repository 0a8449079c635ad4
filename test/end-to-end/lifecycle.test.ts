import { test } from 'tap';
import { isAlive } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

/** Puts itself in the background by forking twice, and says nowhere which process it has become. */
const DAEMON = 'script\n  (sleep 1000 & ) &\nend script\nrespawn\n';

test('a daemon that forks twice is followed, respawned and stopped', async (t) => {
  const supervisor = await Supervisor.start(t, { 'daemon.conf': DAEMON });
  const started = await supervisor.cli('start', 'daemon');
  t.match(started, { status: 0, err: '' });
  const { main: first } = await supervisor.status('daemon');
  t.equal(started.out, `daemon start/running, process ${first}\n`);

  process.kill(first!, 'SIGKILL');
  const { main: second } = await supervisor.untilStatus(
    'daemon',
    ({ state, main, respawns }) => state === 'running' && main !== null && main !== first && respawns === 1,
  );
  await supervisor.untilMessage(/daemon main process \([0-9]+\) killed by KILL signal\n/);

  t.match(await supervisor.cli('stop', 'daemon'), { status: 0, out: 'daemon stop/waiting\n' });
  t.notOk(isAlive(second!));
});

test('a start that fails says what was written, although the job is started again at once', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'bad.conf': 'respawn\nexec sh -c "echo no such port >&2; exit 3"\n',
  });
  const { status, err } = await supervisor.cli('start', 'bad');
  t.equal(status, 1);
  t.match(err, /^foster: bad: Job failed to start: main process \([0-9]+\) terminated with status 3\n/);
  t.match(
    err,
    /\n {4}\| no such port\n {4}It is started again \(respawn\): 'foster why bad' shows how that goes\.\n$/,
  );
});

test('an orderly end stops every job and leaves nothing', async (t) => {
  const supervisor = await Supervisor.start(t, { 'daemon.conf': DAEMON, 'plain.ini': 'exec = sleep 1000\n' });
  await supervisor.cli('start', 'daemon', 'plain');
  const pids = (await Promise.all(['daemon', 'plain'].map((name) => supervisor.status(name)))).map(
    ({ main }) => main!,
  );
  t.equal(pids.filter(isAlive).length, 2);
  t.equal(await supervisor.shutDown(), 0);
  await until('the end of the jobs', () => pids.filter(isAlive).length === 0);
});

test('shutdown answers when all has ended: another supervisor can begin at once', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'slow.conf': "script\n  trap 'sleep 0.3; exit' TERM\n  while :; do sleep 0.01; done\nend script\n",
  });
  await supervisor.cli('start', 'slow');
  const { main } = await supervisor.status('slow');
  const { pid } = supervisor;
  t.same(await supervisor.cli('shutdown'), { status: 0, out: '', err: '' });
  t.notOk(isAlive(main!));
  t.notOk(isAlive(pid), 'its last steps, after it has closed its connections, included');
  await supervisor.begin();
  t.match(await supervisor.status('slow'), { state: 'waiting', main: null });
});

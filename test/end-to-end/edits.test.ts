/** Edits of job files, and what every command says of them; reloads and stops that did not go well. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const notRoot = process.getuid?.() !== 0 && 'root reads no files that others can change';
const SLEEP = 'exec = sleep 1000\n';

t.test('a broken file is said everywhere, and harms nothing', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': SLEEP, 'other.ini': SLEEP });
  await supervisor.cli('start', 'web');
  const { main } = await supervisor.status('web');
  const path = supervisor.write('web.ini', 'exce = sleep 1000\n');
  supervisor.write('new.ini', 'bogus = 1\n');

  const reloaded = await supervisor.cli('reload-configuration');
  t.equal(reloaded.status, 1);
  t.match(reloaded.err, `${path}:1: Unknown stanza: found "exce"`);
  const restarted = await supervisor.cli('restart', 'web');
  t.match(restarted, { status: 1, err: `${path}:1: Unknown stanza` });
  t.match(restarted.err, /web is not restarted: .*--keep web/);
  t.equal((await supervisor.status('web')).main, main, 'it goes on');

  t.match((await supervisor.cli('status', 'web')).out, /file +.*: file broken: .*web\.ini:1: Unknown stanza/);
  const { out } = await supervisor.cli('list');
  t.match(out, /^web .*broken/m);
  t.match(out, /^new .*broken/m, 'also a job that has never been one');
  t.match(await supervisor.cli('status', 'new'), { status: 3, out: /new\.ini:1: Unknown stanza/ });
  t.match(await supervisor.cli('health', '--level', 'ready'), { status: 1, out: /web: file broken/ });

  t.match(await supervisor.cli('restart', '--keep', 'web'), { status: 0 });
  t.not((await supervisor.status('web')).main, main);
});

t.test('a directory that cannot be read is said everywhere', { skip: notRoot }, async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': SLEEP });
  chmodSync(supervisor.confdir, 0o777);
  const reason = `${supervisor.confdir}: Cannot be read: it is writable by everyone`;
  t.match(await supervisor.cli('reload-configuration'), { status: 1, err: reason });
  t.match(await supervisor.cli('list'), { err: reason });
  t.match(await supervisor.cli('start', 'web'), { status: 5, err: reason });
  t.match(await supervisor.cli('health', '--level', 'ready'), { status: 1, out: reason });
  t.match(await supervisor.cli('check'), { status: 1, out: reason });
  t.match(await supervisor.cli('check', 'web'), { status: 1, out: reason });
  chmodSync(supervisor.confdir, 0o755);
  await supervisor.cli('reload-configuration');
  t.match(await supervisor.cli('list'), { err: '', out: /^web/m });
  t.match(await supervisor.cli('check'), { status: 0 });
});

t.test('a changed file is said, and restart takes it as it is now', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': SLEEP });
  await supervisor.cli('start', 'web');
  supervisor.write('web.ini', 'exec = sleep 2000\n');
  await supervisor.untilStatus('web', ({ file }) => file?.state === 'changed');
  t.match((await supervisor.cli('status', 'web')).out, /file changed since start/);
  t.match(await supervisor.cli('health', '--level', 'ready'), { status: 0 });
  await supervisor.cli('restart', '--keep', 'web');
  t.match((await supervisor.status('web')).file, { state: 'changed' });
  // an edit of this very moment counts, too
  supervisor.write('web.ini', 'exec = sleep 3000\n');
  t.match(await supervisor.cli('restart', 'web'), { status: 0 });
  const { main, file } = await supervisor.status('web');
  t.equal(file?.state, undefined);
  t.match(readFileSync(`/proc/${main!}/cmdline`, 'utf8'), '3000');
});

t.test('a file that is gone is said, and its job is not restarted into nothing', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': SLEEP });
  await supervisor.cli('start', 'web');
  rmSync(join(supervisor.confdir, 'web.ini'));
  t.match(await supervisor.cli('restart', 'web'), { status: 1, err: /its job file .*web\.ini is gone/ });
  t.match((await supervisor.cli('status', 'web')).out, /file gone/);
});

t.test('reload-configuration says what it has brought', async (t) => {
  const supervisor = await Supervisor.start(t, { 'a.ini': SLEEP, 'b.ini': SLEEP });
  await until('both jobs', async () =>
    (await supervisor.cli('reload-configuration')).out.startsWith('2 job files'),
  );
  supervisor.write('a.ini', 'exec = sleep 2\n');
  supervisor.write('c.ini', SLEEP);
  rmSync(join(supervisor.confdir, 'b.ini'));
  const { status, out } = await supervisor.cli('reload-configuration');
  t.equal(status, 0);
  // the watch may have been quicker
  t.match(
    out,
    /^2 job files read: (?:new: c; changed: a; gone: b|nothing has changed since they were read last)\n$/,
  );
});

t.test('a job is started from a file that has just been written', async (t) => {
  const supervisor = await Supervisor.start(t, {});
  supervisor.write('quick.ini', SLEEP);
  t.match(await supervisor.cli('start', 'quick'), { status: 0, out: /^quick start\/running/ });
});

t.test('an event starts a job whose file has just been written', async (t) => {
  const supervisor = await Supervisor.start(t, {});
  for (let night = 1; night <= 10; night++) {
    supervisor.write(`backup${night}.ini`, `start on = night${night}\ntask = true\nexec = echo saved\n`);
    t.match(await supervisor.cli('emit', `night${night}`), { status: 0 });
    t.match(await supervisor.cli('log', `backup${night}`, '--plain'), { status: 0, out: 'saved\n' });
  }
});

t.test('a reload that main does not survive is an error, with what became of it', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'dies.ini': `${SLEEP}respawn = true\n`,
    'fails.ini': `exec = sh -c 'trap "sleep 0.2; echo bad line 7; exit 3" HUP; while :; do sleep 0.1; done'\n`,
    'lives.ini': `exec = sh -c 'trap : HUP; while :; do sleep 0.1; done'\n`,
  });
  await supervisor.cli('start', 'dies', 'fails', 'lives');
  t.match(await supervisor.cli('reload', 'dies'), {
    status: 1,
    err: /did not survive the reload: .*signal HUP/,
  });
  const failed = await supervisor.cli('reload', 'fails');
  t.match(failed, { status: 1, err: /did not survive the reload: .*status 3/ });
  t.match(failed.err, /\| bad line 7/);
  t.match(await supervisor.cli('reload', 'lives'), { status: 0 });
  t.match(await supervisor.cli('reload', '--no-wait', 'lives'), { status: 0 });
});

t.test('start --wait of a job that runs already watches it for the rest of the time', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const go = join(supervisor.directory, 'go');
  supervisor.write(
    'runs.ini',
    `exec = sh -c 'until [ -e ${go} ]; do sleep 0.05; done; echo no licence; exit 4'\nready = exec\n`,
  );
  await supervisor.begin();
  await supervisor.cli('start', 'runs');
  t.match(await supervisor.cli('start', '--wait', '0.1', 'runs'), { status: 0, out: /^runs start\/running/ });
  const waiting = supervisor.cli('start', '--wait', '600', 'runs');
  // by then its request has arrived; if it has not, it starts the job, and fails the same way
  for (let n = 0; n < 3; n += 1) await supervisor.cli('status', 'runs');
  writeFileSync(go, '');
  const { status, err } = await waiting;
  t.equal(status, 1);
  t.match(err, /^foster: runs: Job failed to start: main process \(\d+\) .*status 4\n {4}\| no licence\n/);
});

t.test('start --wait: an end after the first second is a failure', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'late.ini': "exec = sh -c 'sleep 1.5; echo no licence; exit 4'\n",
    'stays.ini': SLEEP,
    'slow.ini': `${SLEEP}ready path = /nonexistent\n`,
    'flaps.ini': 'exec = sh -c "sleep 0.1; exit 1"\nrespawn = true\nrespawn delay = 30\n',
  });
  const late = await supervisor.cli('start', '--wait', '30', 'late');
  t.match(late, { status: 1, err: /late: Job failed to start: .*status 4/ });
  t.match(late.err, /\| no licence/);
  t.notMatch(late.err, 'respawn', 'it is over');
  t.match(
    await supervisor.cli('start', 'flaps'),
    { status: 1, err: /started again \(respawn\): 'foster why flaps'/ },
    'a failed start is not the end of it',
  );
  t.match(await supervisor.cli('start', '--wait', '0.2', 'stays'), { status: 0 });
  t.match((await supervisor.cli('status', 'stays')).out, /main +\d+, up \d+ s/);
  t.match(await supervisor.cli('start', '--no-wait', 'slow'), {
    status: 0,
    out: /not yet ready|not launched yet/,
  });
  t.match(await supervisor.cli('restart', '--timeout', '3', 'slow'), {
    status: 1,
    err: /slow: Timed out.*start\/spawned/,
  });
});

t.test('stop says that KILL was needed', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'deaf.ini': `exec = sh -c 'trap "" TERM; while :; do sleep 0.1; done'\nkill timeout = 1\n`,
    'good.ini': SLEEP,
  });
  await supervisor.cli('start', 'deaf', 'good');
  t.match(await supervisor.cli('stop', 'deaf'), { status: 0, out: /KILL was needed.*1 s of TERM/ });
  t.notMatch((await supervisor.cli('stop', 'good')).out, /KILL/);
});

t.test('enable of a job that nothing starts says so', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'lonely.ini': SLEEP,
    'timed.ini': `${SLEEP}schedule = @daily\n`,
  });
  t.match(await supervisor.cli('enable', 'lonely'), { status: 0, out: /nothing starts it by itself/ });
  t.notMatch((await supervisor.cli('enable', 'timed')).out, /nothing/);
});

/** What `foster why` and `foster status` tell of real jobs, also after foster was killed or replaced. */
import t from 'tap';
import { Supervisor } from '../helpers/supervisor.js';

const FLAPPING = 'exec = sh -c "echo oops; exit 3"\nrespawn = yes\nrespawn limit = 2 100\n';

t.test('why and status say what has happened', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'web.ini': 'description = a web server\nexec = sh -c "echo hello; sleep 1000 & wait"\nready = exec\n',
    'app.ini': 'exec = sleep 1000\nrequires = web\nstart on = go\n',
    'flap.ini': FLAPPING,
  });
  await supervisor.cli('emit', 'go', 'COLOUR=red');
  const web = await supervisor.untilStatus(
    'web',
    ({ state, members }) => state === 'running' && members.length > 0,
  );
  await supervisor.cli('start', 'flap');
  await supervisor.untilStatus('flap', ({ failure }) => failure?.startsWith('respawning too fast') === true);

  const why = async (name: string) => (await supervisor.cli('why', name)).out;
  t.match(await why('app'), /the event go COLOUR=red started it\.$/m);
  t.match(await why('web'), /the job app, which requires it, started it\.$/m);
  const flap = await why('flap');
  t.match(flap, /^flap failed at .*: respawning too fast: main process \(\d+\) terminated with status 3\.$/m);
  t.match(flap, /^Ends of main since then, 2 respawns in all:$/m);
  t.match(flap, /^The last that it wrote:\n {4}\| oops\n(?! {4}\|)/m, 'of the run that failed only');
  t.match((await supervisor.cli('list', 'flap')).out, /^flap +failed +- +2 /m);
  t.equal(
    flap.match(/^ {4}[\d-]+ [\d:]+ {2}\d+ exited with status 3 after \d\.\d s: respawned/gm)?.length,
    2,
  );

  const { out, status } = await supervisor.cli('status', 'web');
  t.equal(status, 0);
  for (const row of [
    /^ {4}about +a web server$/m,
    /^ {4}started +the job app, which requires it, started it, /m,
    /^ {4}uses +memory [\d.]+M, cpu [\d.]+ s, tasks 2$/m,
    /^ {4}file +\/.*\/conf\/web\.ini$/m,
    /^ {4}starts +by command, or for a job that requires it$/m,
    /^ {4}command +sh -c "echo hello; sleep 1000 & wait"$/m,
    /^ {4}log +\/.*\/log\/web\.log$/m,
    new RegExp(`└─ ${web.main} main  sh -c`),
    /└─ \d+ member {2}sleep 1000$/m,
    /^ {4}\| hello$/m,
  ])
    t.match(out, row);
  t.match((await supervisor.cli('status', 'app')).out, /^ {4}starts +on go$/m);
  // any process of a job names it, where nothing is changed by a PID that was reused
  for (const pid of [web.main, ...web.members]) {
    t.match((await supervisor.cli('status', String(pid))).out, /^web start\/running/);
    t.match((await supervisor.cli('why', String(pid))).out, /^web runs/);
    t.match((await supervisor.cli('tree', String(pid))).out, /^web start\/running/);
    t.match(await supervisor.cli('stop', String(pid)), {
      status: 5,
      err: new RegExp(`^foster: Unknown job: ${pid} \\(.*; process ${pid} belongs to web\\)\\n$`),
    });
  }
  const failed = await supervisor.cli('status', 'flap', '-n', '2');
  t.equal(failed.status, 3);
  t.match(failed.out, /^flap stop\/waiting\n {4}state +failed$/m);
  t.match(failed.out, /^ {4}exits +of the last 3 mains\n( {8}[\d-]+ [\d:]+ {2}\d+ exited.*\n){3}/m);
  t.equal(failed.out.match(/^ {4}\| oops$/gm)?.length, 2);
  t.notMatch((await supervisor.cli('status', 'web', '-n0')).out, '| hello');

  t.match(await supervisor.cli('why', 'nosuch'), { status: 5, err: /^foster: Unknown job: nosuch/ });
  t.match(await supervisor.cli('why'), { status: 2 });
  const json = JSON.parse((await supervisor.cli('why', 'web', '--json')).out) as object;
  t.match(json, { name: 'web', sentences: [/^web runs/, /requires it/] });

  await supervisor.reexec();
  t.match(await why('app'), /the event go COLOUR=red started it\.$/m, 'after a re-exec');
  t.match(await why('flap'), /exited with status 3/, 'of a job that has ended, too');
  await supervisor.kill();
  await supervisor.begin();
  t.match(await why('app'), /the event go COLOUR=red started it\.$/m, 'after a crash');
});

t.test('what a start or stop was asked for by is remembered', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': 'exec = sleep 1000\n' });
  await supervisor.cli('start', 'web');
  await supervisor.cli('stop', 'web');
  const { out } = await supervisor.cli('why', 'web');
  const [first, started, stopped, ended] = out.split('\n');
  t.equal(first, 'web is stopped.');
  t.match(started, /^At 20.* \(\d+ s ago\) \S+.* gave the command 'start'\.$/);
  t.match(stopped, /^At 20.* \(\d+ s ago\) \S+.* gave the command 'stop'\.$/);
  t.match(ended, /^Main process \d+ was ended by signal TERM after .*, as it was asked to, at /);
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';

test('disable keeps events and times from starting a job, over a restart too, until it is enabled', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'web.conf': 'start on go\nschedule 0 4 * * *\nexec sleep 1000\n',
  });
  t.match((await supervisor.status('web')).nextStart, /^20\d\d-/);
  t.notOk((await supervisor.status('web')).manual);
  const override = join(supervisor.confdir, 'web.override');
  t.match(await supervisor.cli('disable', 'web'), { status: 0, out: `web is disabled (${override})\n` });
  t.match(await supervisor.cli('disable', 'web'), {
    status: 0,
    out: `web is already disabled (${override})\n`,
  });

  t.equal(await supervisor.shutDown(), 0);
  await supervisor.begin();
  const status = await supervisor.status('web');
  t.equal(status.manual, true);
  t.equal(status.nextStart, undefined);
  await supervisor.cli('emit', 'go');
  t.match(await supervisor.status('web'), { state: 'waiting' });
  t.match(await supervisor.cli('start', 'web'), { status: 0 }, 'a command starts it all the same');
  await supervisor.cli('stop', 'web');

  t.match(await supervisor.cli('enable', 'web'), { status: 0, out: 'web is enabled\n' });
  t.notOk(existsSync(override), 'nothing is left of the override');
  await supervisor.cli('emit', 'go');
  t.match(await supervisor.status('web'), { state: 'running' });
});

test('a disabled job that runs is manual; a restart would change nothing', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': 'start on = go\nexec = sleep 1000\n' });
  await supervisor.cli('start', 'web');
  await supervisor.cli('disable', 'web');
  t.match((await supervisor.cli('list', 'web')).out, /^web +running .* manual$/m);
  const { file, manual } = await supervisor.status('web');
  t.same([file?.state, manual], [undefined, true]);
  await supervisor.cli('enable', 'web');
  t.notMatch((await supervisor.cli('list', 'web')).out, 'manual');
});

test('what else stands in an override stays', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'web.conf': 'start on go\nexec sleep 1000\n',
    'web.override': 'env A=1',
    'own.conf': 'manual\nexec sleep 1000\n',
  });
  const override = join(supervisor.confdir, 'web.override');
  await supervisor.cli('disable', 'web');
  t.equal(readFileSync(override, 'utf8'), 'env A=1\nmanual\n');
  await supervisor.cli('enable', 'web');
  t.equal(readFileSync(override, 'utf8'), 'env A=1\n');
  t.match(await supervisor.cli('enable', 'own'), {
    status: 2,
    err: /its own file says `manual`, .*own\.conf/,
  });
  t.match(await supervisor.cli('enable', 'nosuch'), {
    status: 5,
    err: /^foster: Unknown job: nosuch \(none in .*\/conf\)\n$/,
  });
});

test('the runlevel is remembered, over a crash too, whoever has changed it', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'old.conf':
      'start on runlevel [2345]\nstop on runlevel [!2345]\nscript\n  echo "$PREVLEVEL $RUNLEVEL"\n  sleep 1000\nend script\n',
  });
  t.match(await supervisor.cli('runlevel'), { status: 0, out: 'N N\n' });
  await supervisor.cli('runlevel', '2');
  t.match(await supervisor.status('old'), { state: 'running' });
  await supervisor.cli('emit', 'runlevel', 'RUNLEVEL=3');
  await supervisor.kill();
  await supervisor.begin();
  t.match(await supervisor.cli('runlevel'), { out: '2 3\n' });
  await supervisor.cli('runlevel', '1');
  t.match(await supervisor.cli('runlevel'), { out: '3 1\n' });
  await supervisor.untilStatus('old', ({ state }) => state === 'waiting');
});

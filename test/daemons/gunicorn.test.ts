import { test } from 'tap';
import { isAlive, killIfThere } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ gunicorn: 'gunicorn' });

const gunicorn: Daemon = {
  name: 'gunicorn',
  prepare: `
    printf '%s\\n' 'def app(environment, start):' '    start("200 OK", [])' '    return [b"hello"]' >$D/hello.py
  `,
  command: '/usr/bin/gunicorn --daemon -p $D/pid -w 2 -b 127.0.0.1:80 --chdir $D hello:app',
  pidFile: '$D/pid',
  port: 80,
};

test('gunicorn: its second fork is followed, killed with its workers, stopped', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, gunicorn);
  await supervised.survivesKill();
  await supervised.stops();
});

test('gunicorn: after an upgrade in place the new master is main', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, gunicorn);
  const old = await supervised.agreed();
  killIfThere(old, 'SIGUSR2');
  await until('the new master', () => supervised.place.read('$D/pid.2') !== undefined);
  killIfThere(old, 'SIGTERM');
  const next = await supervised.agreed((pid) => pid !== old);
  t.notOk(isAlive(old));
  t.equal((await supervised.status()).respawns, 0, 'nothing was started for that');
  t.equal(await supervised.agreed(), next);
  await supervised.stops();
});

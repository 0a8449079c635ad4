import { test } from 'tap';
import { isAlive, killIfThere } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ nginx: 'nginx-light' });

const nginx: Daemon = {
  name: 'nginx',
  prepare: `
    cat >$D/nginx.conf <<END
worker_processes 2;
pid $D/pid;
error_log $D/error.log;
events { worker_connections 32; }
http {
  access_log off;
  client_body_temp_path $D/body; proxy_temp_path $D/proxy; fastcgi_temp_path $D/fastcgi;
  uwsgi_temp_path $D/uwsgi; scgi_temp_path $D/scgi;
  server { listen 127.0.0.1:80; root $D; }
}
END
  `,
  command: '/usr/sbin/nginx -c $D/nginx.conf',
  pidFile: '$D/pid',
  port: 80,
  stanzas: 'kill signal = QUIT',
};

test('nginx: followed, killed with its workers, stopped', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, nginx);
  t.equal((await supervised.status()).members.length, 2, 'the workers are members');
  await supervised.survivesKill();
  await supervised.stops();
});

test('nginx: after an upgrade of its binary in place the new process is main', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, nginx);
  const old = await supervised.agreed();
  killIfThere(old, 'SIGUSR2');
  const next = await until('the new binary', () => {
    const pid = supervised.truth();
    return pid !== old && pid;
  });
  t.equal((await supervised.status()).main, old, 'until the old one has ended, it is main');
  killIfThere(old, 'SIGQUIT');
  t.equal(await supervised.agreed((pid) => pid !== old), next);
  t.notOk(isAlive(old));
  t.equal((await supervised.status()).respawns, 0, 'nothing was started for that');

  const third = await supervised.survivesKill();
  t.not(third, next);
  await supervised.stops();
});

test('nginx: a reload replaces the workers and keeps main', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, nginx);
  const main = await supervised.agreed();
  const { members } = await supervised.status();
  t.match(await supervised.supervisor.cli('reload', 'nginx'), { status: 0 });
  await supervised.supervisor.untilStatus(
    'nginx',
    (status) => status.members.length === 2 && !status.members.some((pid) => members.includes(pid)),
  );
  t.equal(await supervised.agreed(), main);
  await supervised.stops();
});

test(
  'nginx with a mistake in its configuration fails to start, and the reason is told',
  { skip },
  async (t) => {
    const supervised = await SupervisedDaemon.prepare(t, nginx);
    await supervised.place.run('echo nonsense on\\; >>$D/nginx.conf');
    const { err } = await supervised.failsToStart();
    t.match(err, /unknown directive "nonsense"/);
    t.match(err, /main process \([0-9]+\) terminated with status 1/);
  },
);

import { readdirSync } from 'node:fs';
import { test } from 'tap';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

/** Debian puts the version into the program's name. */
const program = readdirSync('/usr/sbin').find((name) => name.startsWith('php-fpm')) ?? 'php-fpm';
const skip = missing({ [program]: 'php-fpm' });

const phpFpm: Daemon = {
  name: 'php-fpm',
  prepare: `
    cat >$D/fpm.conf <<END
[global]
pid = $D/pid
error_log = $D/log
[www]
user = www-data
group = www-data
listen = 127.0.0.1:9000
pm = static
pm.max_children = 2
END
  `,
  command: `/usr/sbin/${program} --daemonize -y $D/fpm.conf`,
  pidFile: '$D/pid',
  port: 9000,
  stanzas: 'reload signal = USR2',
};

test('php-fpm: followed, killed with its workers, stopped', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, phpFpm);
  await supervised.survivesKill();
  await supervised.stops();
});

test('php-fpm: a reload executes it anew, and it daemonises again', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, phpFpm);
  const main = await supervised.agreed();
  t.match(await supervised.supervisor.cli('reload', 'php-fpm'), { status: 0 });
  const next = await supervised.agreed((pid) => pid !== main);
  t.equal((await supervised.status()).respawns, 0, 'a reload is no respawn');
  t.equal(await supervised.agreed(), next);
  await supervised.stops();
});

test('php-fpm with a mistake in its configuration fails to start', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.prepare(t, phpFpm);
  await supervised.place.run('echo nonsense = on >>$D/fpm.conf');
  t.match((await supervised.failsToStart()).err, /nonsense/);
});

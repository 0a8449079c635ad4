import { test } from 'tap';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ apachectl: 'apache2' });

/** apachectl is a script that runs eight helpers before the server, and two programs deep: fork counts get lost here. */
const apache: Daemon = {
  name: 'apache2',
  prepare: `
    cp -r /etc/apache2 $D/etc
    mkdir $D/run $D/logs
    rm -f $D/etc/sites-enabled/*
    echo 'Listen 127.0.0.1:80' >$D/etc/ports.conf
    echo 'ServerName localhost' >>$D/etc/apache2.conf
    for name in PID_FILE=$D/run/pid RUN_DIR=$D/run LOCK_DIR=$D/run LOG_DIR=$D/logs; do
      echo "export APACHE_$name" >>$D/etc/envvars
    done
  `,
  command: 'env APACHE_CONFDIR=$D/etc /usr/sbin/apachectl start',
  pidFile: '$D/run/pid',
  port: 80,
};

test('apache2: followed through apachectl and its helpers, killed, stopped', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, apache);
  await supervised.survivesKill();
  await supervised.stops();
});

test('apache2: a graceful restart keeps main', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, apache);
  const main = await supervised.agreed();
  await supervised.place.run('APACHE_CONFDIR=$D/etc apachectl graceful');
  t.equal(await supervised.agreed(), main);
  t.equal((await supervised.status()).respawns, 0);
  await supervised.stops();
});

test('apache2 with a mistake in its configuration fails to start', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.prepare(t, apache);
  await supervised.place.run('echo Nonsense >>$D/etc/apache2.conf');
  t.match((await supervised.failsToStart()).err, /Nonsense/);
});

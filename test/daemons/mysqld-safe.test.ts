import { test } from 'tap';
import { isAlive, killIfThere } from '../helpers/processes.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';
import { until } from '../helpers/until.js';

const skip = missing({ mysqld_safe: 'mariadb-server', 'mariadb-install-db': 'mariadb-server' });

/** The PID file names the server below mysqld_safe. What foster runs, and what restarts the server, is mysqld_safe. */
const mysqldSafe: Daemon = {
  name: 'mysqld_safe',
  prepare: `
    mkdir $D/data
    chown mysql $D $D/data
    mariadb-install-db --no-defaults --datadir=$D/data --user=mysql --skip-test-db >$D/install.log
    cat >$D/my.cnf <<END
[mysqld]
user = mysql
datadir = $D/data
socket = $D/socket
bind-address = 127.0.0.1
pid-file = $D/mysqld.pid
log-error = $D/error.log
innodb_buffer_pool_size = 8M
END
  `,
  command: `/bin/sh -c 'echo $$ >$D/pid; exec /usr/bin/mysqld_safe --defaults-file=$D/my.cnf'`,
  pidFile: '$D/pid',
  port: 3306,
  stanzas: 'kill timeout = 2',
};

test('mysqld_safe: a wrapper in the foreground that restarts its server itself', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, mysqldSafe);
  const main = await supervised.agreed();
  const server = Number(supervised.place.read('$D/mysqld.pid'));
  t.ok((await supervised.status()).members.includes(server), 'the server is a member');
  killIfThere(server, 'SIGKILL');
  const next = await until('a new server', () => {
    const pid = Number(supervised.place.read('$D/mysqld.pid'));
    return pid !== server && pid > 0 && isAlive(pid) && pid;
  });
  t.equal(await supervised.agreed(), main, 'that was no business of the supervisor');
  t.equal((await supervised.status()).respawns, 0);

  killIfThere(main, 'SIGKILL');
  await supervised.agreed((pid) => pid !== main);
  t.notOk(isAlive(next), 'without its wrapper the server would keep the data: it is ended first');
  await supervised.stops();
});

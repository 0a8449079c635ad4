/**
 * Daemons of an ordinary user whose program gives them root's rights by a setuid bit. They are copies, since Debian has no
 * servers with that bit; ssh-agent, whose setgid bit comes with its package, is in agents.test.ts.
 */
import { test } from 'tap';

import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

/** What runs the rest as an ordinary user; it executes the program and is gone. */
const AS_NOBODY = 'setpriv --reuid nobody --regid nogroup --clear-groups --';

const redis: Daemon = {
  name: 'redis-setuid',
  prepare: `
    chmod 777 $D
    cp /usr/bin/redis-server $D/redis-server
    chmod 4755 $D/redis-server
  `,
  command: `${AS_NOBODY} $D/redis-server --daemonize yes --pidfile $D/pid --bind 127.0.0.1 --port 6379 --dir $D --save ""`,
  pidFile: '$D/pid',
  port: 6379,
};

const inetd: Daemon = {
  name: 'inetd-setuid',
  prepare: `
    chmod 777 $D
    cp /usr/sbin/inetd $D/inetd
    chmod 4755 $D/inetd
    echo '127.0.0.1:79 stream tcp nowait nobody /bin/true true' >$D/inetd.conf
  `,
  command: `${AS_NOBODY} $D/inetd $D/inetd.conf`,
  pidFile: '/run/inetd.pid',
  port: 79,
};

const DAEMONS: readonly [Daemon, Readonly<Record<string, string>>][] = [
  [redis, { 'redis-server': 'redis-server' }],
  [inetd, { '/usr/sbin/inetd': 'openbsd-inetd' }],
];

for (const [daemon, programs] of DAEMONS) {
  const skip = missing({ setpriv: 'util-linux', ...programs });
  test(`${daemon.name}: the daemon of an ordinary user with changed rights is main`, { skip }, async (t) => {
    const supervised = await SupervisedDaemon.start(t, daemon);
    await supervised.survivesKill();
    await supervised.stops();
  });
}

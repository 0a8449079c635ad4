import { test } from 'tap';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ inetd: 'openbsd-inetd' });

const inetd: Daemon = {
  name: 'inetd',
  prepare: `echo '127.0.0.1:7 stream tcp nowait root /bin/cat cat' >$D/inetd.conf`,
  command: '/usr/sbin/inetd $D/inetd.conf',
  pidFile: '/run/inetd.pid',
  port: 7,
};

test(
  'inetd: a connection that is being served outlives a kill, a respawn and a stop',
  { skip },
  async (t) => {
    const supervised = await SupervisedDaemon.start(t, inetd);
    supervised.place.startInBackground('exec 3<>/dev/tcp/127.0.0.1/7; echo hello >&3; exec sleep 1000');
    const server = await until('a connection', () =>
      supervised.place.processes().find(({ command }) => command === 'cat'),
    );
    await supervised.supervisor.untilStatus('inetd', (status) => status.detached.includes(server.pid));
    await supervised.survivesKill();
    t.ok(isAlive(server.pid));
    await supervised.supervisor.cli('stop', 'inetd');
    t.ok(isAlive(server.pid), 'the connection outlives a stop');
    t.match(await supervised.status(), { state: 'waiting', main: null, detached: [server.pid] });
  },
);

import { setTimeout as pause } from 'node:timers/promises';

import { test } from 'tap';

import { DEFAULT_TIMING } from '../../src/tracker/follower/timing.js';
import { isAlive, killIfThere } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ nghttpx: 'nghttp2-proxy' });

const nghttpx: Daemon = {
  name: 'nghttpx',
  prepare: ':',
  command:
    '/usr/sbin/nghttpx --daemon --conf=/dev/null --pid-file=$D/pid "-f127.0.0.1,80;no-tls" -b127.0.0.1,9 --errorlog-file=$D/errors -n1',
  pidFile: '$D/pid',
  port: 80,
};

test('nghttpx: after an upgrade that daemonises again the new one is main', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, nghttpx);
  await supervised.survivesKill();
  const old = await supervised.agreed();
  // foster itself counts how long main has been up
  await pause(DEFAULT_TIMING.settle / 1e6 + 200);
  killIfThere(old, 'SIGUSR2');
  await supervised.agreed((pid) => pid !== old);
  await until('the end of the old one', () => !isAlive(old));
  t.equal((await supervised.status()).respawns, 1, 'nothing was started for that');
  await supervised.stops();
});

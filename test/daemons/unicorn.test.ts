import { test } from 'tap';

import { isAlive, killIfThere } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ unicorn: 'unicorn' });

const unicorn: Daemon = {
  name: 'unicorn',
  prepare: `
    cat >$D/unicorn.rb <<END
worker_processes 2
preload_app true
listen "127.0.0.1:80"
pid "$D/pid"
stderr_path "$D/log"
stdout_path "$D/log"
END
    echo 'run lambda { |_| [200, {}, ["ok"]] }' >$D/config.ru
  `,
  command: '/usr/bin/unicorn -D -c $D/unicorn.rb $D/config.ru',
  pidFile: '$D/pid',
  port: 80,
};

test('unicorn: upgraded in place twice in a row, its new master is main each time', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, unicorn);
  for (let upgrade = 0; upgrade < 2; upgrade += 1) {
    const old = await supervised.agreed();
    killIfThere(old, 'SIGUSR2');
    // the old master rewrites its title and renames its file as soon as the new one is about to serve
    const next = await until('the new master', () => {
      const pid = supervised.truth();
      return pid !== undefined && pid !== old && workersOf(supervised, pid) === 2 && pid;
    });
    killIfThere(old, 'SIGQUIT');
    t.equal(await supervised.agreed((pid) => pid !== old), next);
    await until('the end of the old master', () => !isAlive(old));
  }
  t.equal((await supervised.status()).respawns, 0, 'nothing was started for that');
  await supervised.survivesKill();
  await supervised.stops();
});

function workersOf({ place }: SupervisedDaemon, master: number): number {
  return place.processes().filter(({ parent }) => parent === master).length;
}

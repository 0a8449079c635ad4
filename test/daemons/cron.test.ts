import { test } from 'tap';
import { isAlive } from '../helpers/processes.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ cron: 'cron' });

/** @reboot commands run at the first start only: cron leaves a mark in /run for that, which is private here. */
const cron: Daemon = {
  name: 'cron',
  prepare: `
    mount -t tmpfs tables /etc/cron.d
    mount --bind /dev/null /etc/crontab
    echo '@reboot root sleep 1000' >/etc/cron.d/test
  `,
  command: '/usr/sbin/cron',
  pidFile: '/run/crond.pid',
};

test('cron: a command that runs outlives a kill, a respawn and a stop', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, cron);
  const { detached } = await supervised.supervisor.untilStatus(
    'cron',
    (status) => status.detached.length > 0,
  );
  const commands = supervised.place.processes().filter(({ command }) => command === 'sleep');
  t.equal(commands.length, 1);
  t.ok(detached.includes(commands[0]!.pid), 'the running command is detached');
  await supervised.survivesKill();
  t.ok(isAlive(commands[0]!.pid));
  await supervised.stops((await supervised.status()).detached);
});

import { test } from 'tap';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ 'redis-server': 'redis-server', 'redis-cli': 'redis-server' });

const redis: Daemon = {
  name: 'redis',
  prepare: `
    printf '%s\\n' 'daemonize yes' 'port 6379' 'bind 127.0.0.1' "pidfile $D/pid" "dir $D" "logfile $D/log" >$D/redis.conf
  `,
  command: '/usr/bin/redis-server $D/redis.conf',
  pidFile: '$D/pid',
  port: 6379,
};

test('redis: followed into the background, killed, stopped', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, redis);
  await supervised.survivesKill();
  await supervised.stops();
});

test('redis: a child that saves the data set is never taken for main', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, redis);
  const main = await supervised.agreed();
  await supervised.place.run('redis-cli set key value && redis-cli bgsave');
  await supervised.place.run('until [ -s $D/dump.rdb ]; do redis-cli ping; done');
  t.equal(await supervised.agreed(), main);
  await supervised.stops();
});

import { test } from 'tap';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ postfix: 'postfix' });

const postfix: Daemon = {
  name: 'postfix',
  prepare: `
    mkdir $D/etc $D/spool $D/lib
    cp /usr/share/postfix/master.cf.dist $D/etc/master.cf
    cp -r /etc/postfix/dynamicmaps.cf* /etc/postfix/postfix-files* $D/etc/
    chown postfix $D/lib
    sed -i 's/^smtp  *inet/127.0.0.1:25 inet/' $D/etc/master.cf
    mount -t tmpfs logs /var/log
    cat >$D/etc/main.cf <<END
compatibility_level = 3.6
queue_directory = $D/spool
data_directory = $D/lib
inet_interfaces = 127.0.0.1
myhostname = localhost
maillog_file = /var/log/postfix.log
alias_maps =
END
    postfix -c $D/etc set-permissions >/dev/null 2>&1 || echo 'some optional files are not installed'
  `,
  command: '/usr/sbin/postfix -c $D/etc start',
  pidFile: '$D/spool/pid/master.pid',
  port: 25,
};

test('postfix: followed through its script to master, killed, stopped', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, postfix);
  await supervised.survivesKill();
  await supervised.stops();
});

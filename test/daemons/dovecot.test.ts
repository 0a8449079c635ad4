import { test } from 'tap';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ dovecot: 'dovecot-imapd', '/usr/lib/dovecot/imap': 'dovecot-imapd' });

const dovecot: Daemon = {
  name: 'dovecot',
  prepare: `
    cat >$D/dovecot.conf <<END
base_dir = $D/run
log_path = $D/log
protocols = imap
ssl = no
listen = 127.0.0.1
mail_location = mbox:$D/mail
service imap-login {
  inet_listener imaps {
    port = 0
  }
}
passdb {
  driver = passwd
}
userdb {
  driver = passwd
}
END
  `,
  command: '/usr/sbin/dovecot -c $D/dovecot.conf',
  pidFile: '$D/run/master.pid',
  port: 143,
};

test(
  'dovecot: a launcher that executes twice, followed, killed with its services, stopped',
  { skip },
  async (t) => {
    const supervised = await SupervisedDaemon.start(t, dovecot);
    await supervised.survivesKill();
    await supervised.stops();
  },
);

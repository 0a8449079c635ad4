/** Agents: they daemonise for a user's session, and nobody starts them by hand. */
import { test } from 'tap';

import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

interface Agent {
  readonly inPackage: string;
  readonly prepare: string;
  readonly command: string;
}

const AGENTS: Readonly<Record<string, Agent>> = {
  // the agent does not remove the socket of one that was killed, and does not start beside it
  'ssh-agent': {
    inPackage: 'openssh-client',
    prepare: ':',
    command: `sh -c 'rm -f $D/socket; exec ssh-agent -a $D/socket'`,
  },
  'gpg-agent': {
    inPackage: 'gpg-agent',
    prepare: 'mkdir -m 700 $D/home',
    command: `sh -c 'rm -f $D/home/S.*; exec gpg-agent --daemon --homedir $D/home'`,
  },
};

for (const [name, { inPackage, prepare, command }] of Object.entries(AGENTS)) {
  const skip = missing({ [name]: inPackage });
  test(`${name}: its background process is main, killed and stopped`, { skip }, async (t) => {
    const daemon: Daemon = { name, prepare, command, soleProcess: name };
    const supervised = await SupervisedDaemon.start(t, daemon);
    await supervised.survivesKill();
    await supervised.stops();
  });
}

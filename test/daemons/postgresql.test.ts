import { readdirSync } from 'node:fs';
import { test } from 'tap';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

/** Debian keeps each version's programs in a directory of its own. */
function newestPrograms(): string {
  const base = '/usr/lib/postgresql';
  const versions = missing({ '/usr/bin/pg_lsclusters': 'postgresql' }) === false ? readdirSync(base) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0] ?? '15';
  return `${base}/${newest}/bin`;
}

const programs = newestPrograms();
const skip = missing({ [`${programs}/pg_ctl`]: 'postgresql' });
const AS_POSTGRES = 'setpriv --reuid=postgres --regid=postgres --init-groups';

const postgresql: Daemon = {
  name: 'postgresql',
  prepare: `
    chown postgres $D
    ${AS_POSTGRES} ${programs}/initdb --auth=trust --no-sync -D $D/data
    printf '%s\\n' "listen_addresses = '127.0.0.1'" "unix_socket_directories = '$D'" >>$D/data/postgresql.conf
  `,
  command: `${AS_POSTGRES} ${programs}/pg_ctl start --wait -D $D/data -l $D/data/log`,
  pidFile: '$D/data/postmaster.pid',
  port: 5432,
  // "fast": TERM would wait for clients
  stanzas: 'kill signal = INT',
};

test(
  'postgresql: followed through pg_ctl and a shell, killed with a client connected, stopped',
  { skip },
  async (t) => {
    const supervised = await SupervisedDaemon.start(t, postgresql);
    const { members } = await supervised.status();
    supervised.place.startInBackground("exec psql -h 127.0.0.1 -U postgres -c 'select pg_sleep(1000)'");
    await supervised.supervisor.untilStatus(
      'postgresql',
      (status) => status.members.length + status.detached.length > members.length,
    );
    await supervised.survivesKill();
    await supervised.stops();
  },
);

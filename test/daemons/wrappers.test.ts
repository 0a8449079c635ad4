/** Programs that change user or session and stay: what they run is a part of the job, and a stop ends it. */
import { test } from 'tap';

import { isAlive } from '../helpers/processes.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

/** The server below the wrapper writes its pid; the shell does more after it, so that it does not become the server. */
const SERVER = `echo $$ >$D/inner; sleep 1000; true`;

/** By program: its Debian package, and the command. */
const WRAPPERS: Readonly<Record<string, readonly [inPackage: string, command: string]>> = {
  su: ['util-linux', `su -l nobody -s /bin/sh -c`],
  runuser: ['util-linux', `runuser -l nobody -s /bin/sh -c`],
  sudo: ['sudo', `sudo -u nobody sh -c`],
  flock: ['util-linux', `flock $D/lock sh -c`],
  setsid: ['util-linux', `setsid -w sh -c`],
  setpriv: ['util-linux', `setpriv --reuid nobody --regid nogroup --clear-groups sh -c`],
  chroot: ['coreutils', `chroot --userspec=nobody:nogroup / sh -c`],
};

for (const [program, [inPackage, command]] of Object.entries(WRAPPERS)) {
  const skip = missing({ [program]: inPackage });
  test(`${program}: what it runs is a member, and ends with a stop`, { skip }, async (t) => {
    const daemon: Daemon = {
      name: program,
      prepare: 'chmod 777 $D',
      // the shell that foster starts becomes the wrapper, whose pid is the job's
      command: `sh -c 'echo $$ >$D/pid; exec ${command} "${SERVER.replaceAll('$$', '\\$\\$')}"'`,
      pidFile: '$D/pid',
    };
    const supervised = await SupervisedDaemon.start(t, daemon);
    const inner = async (): Promise<number> => {
      await supervised.place.run('until [ -s $D/inner ]; do sleep 0.05; done');
      return Number(supervised.place.read('$D/inner'));
    };
    const pid = await inner();
    t.ok(isAlive(pid));
    const { detached } = await supervised.status();
    t.notOk(detached.includes(pid), 'it is not detached');
    await supervised.place.run('rm $D/inner');
    await supervised.survivesKill();
    t.notOk(isAlive(pid), 'a crash of the wrapper ends it');
    await inner();
    await supervised.stops();
  });
}

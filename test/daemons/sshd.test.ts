import { test } from 'tap';
import { isAlive, killIfThere } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { missing } from './support/requirements.js';
import { SupervisedDaemon, type Daemon } from './support/supervised-daemon.js';

const skip = missing({ sshd: 'openssh-server', ssh: 'openssh-client' });

const sshd: Daemon = {
  name: 'sshd',
  prepare: `
    ssh-keygen -q -t ed25519 -N '' -f $D/host
    ssh-keygen -q -t ed25519 -N '' -f $D/user
    cat >$D/sshd_config <<END
ListenAddress 127.0.0.1
HostKey $D/host
PidFile $D/pid
AuthorizedKeysFile $D/user.pub
StrictModes no
PermitRootLogin yes
END
  `,
  command: '/usr/sbin/sshd -f $D/sshd_config -E $D/log',
  pidFile: '$D/pid',
  port: 22,
};

const SSH =
  'ssh -F none -q -i $D/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes root@127.0.0.1';

/** Logs in and stays. @returns the process that runs for the one who has logged in */
async function logIn({ place }: SupervisedDaemon, file: string, terminal = ''): Promise<number> {
  place.startInBackground(place.fill(`exec ${SSH} ${terminal} 'echo $$ >$D/${file}; exec sleep 1000'`));
  const text = await until(
    'a login',
    () => place.read(`$D/${file}`)?.endsWith('\n') && place.read(`$D/${file}`),
  );
  return Number(text);
}

test('sshd: logins outlive a kill, a respawn, a reload and a stop', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, sshd);
  const first = await supervised.agreed();
  const login = await logIn(supervised, 'first');
  const { detached } = await supervised.supervisor.untilStatus('sshd', (status) =>
    status.detached.includes(login),
  );
  t.notOk(detached.includes(first), 'main is not detached');

  const second = await supervised.survivesKill();
  t.ok(isAlive(login), 'a login outlives the death of main');
  t.ok((await supervised.status()).detached.includes(login), 'and is still listed as detached');

  // sshd executes itself and daemonises again: the same job, without a launch
  const { respawns } = await supervised.status();
  t.match(await supervised.supervisor.cli('reload', 'sshd'), { status: 0 });
  const third = await supervised.agreed((pid) => pid !== second);
  t.equal((await supervised.status()).respawns, respawns, 'a reload is no respawn');
  t.notOk(isAlive(second));

  const other = await logIn(supervised, 'second', '-tt');
  t.ok(isAlive(third));
  await supervised.supervisor.cli('stop', 'sshd');
  t.same([login, other].filter(isAlive), [login, other], 'logins outlive a stop');
  t.match(await supervised.status(), { goal: 'stop', state: 'waiting', main: null });
  t.notOk(supervised.place.isListening(22));
  const after = (await supervised.status()).detached;
  t.same(
    [login, other].filter((pid) => after.includes(pid)),
    [login, other],
    'and a stopped job lists them',
  );
  for (const pid of after) killIfThere(pid, 'SIGKILL');
  await supervised.supervisor.untilStatus('sshd', (status) => status.detached.length === 0);
});

test('sshd in the foreground', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.start(t, {
    ...sshd,
    command: '/usr/sbin/sshd -D -f $D/sshd_config -E $D/log',
  });
  await supervised.survivesKill();
  await supervised.stops();
});

test('sshd on a port that is taken fails to start, and the reason is told', { skip }, async (t) => {
  const supervised = await SupervisedDaemon.prepare(t, {
    ...sshd,
    command: '/usr/sbin/sshd -f $D/sshd_config -E /dev/stderr',
  });
  const listen = `require('net').createServer().listen(22, '127.0.0.1')`;
  supervised.place.startInBackground(`exec ${process.execPath} -e "${listen}"`);
  await until('a taken port', () => supervised.place.isListening(22));
  const { err } = await supervised.failsToStart();
  t.match(err, /Address already in use/);
});

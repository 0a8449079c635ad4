import t from 'tap';
import { locateSocket } from '../../src/control/locate.js';

/** Directories and sockets that exist, with their owners. */
const owners = (entries: Record<string, number>) => (path: string) => entries[path];
const nothing = owners({});

t.test('--socket comes first, then FOSTER_SOCKET, then the session that a job is in', (t) => {
  const env = { FOSTER_SOCKET: '/f', UPSTART_SESSION: 'unix:path=/u' };
  t.equal(locateSocket('/o', { uid: 0, env }, false, nothing), '/o');
  t.equal(locateSocket(undefined, { uid: 0, env }, false, nothing), '/f');
  t.equal(
    locateSocket(undefined, { uid: 0, env: { UPSTART_SESSION: 'unix:path=/u' } }, false, nothing),
    '/u',
  );
  const abstract = { UPSTART_SESSION: 'unix:abstract=/com/ubuntu/upstart-session/1/2' };
  t.equal(locateSocket(undefined, { uid: 0, env: abstract }, false, nothing), '/run/foster/foster.sock');
  t.end();
});

t.test('an ordinary user means their own supervisor, or else the system’s', (t) => {
  const who = { uid: 1000, env: { XDG_RUNTIME_DIR: '/run/user/1000' } };
  const system = { '/run/foster': 0, '/run/foster/foster.sock': 0 };
  const own = { '/run/user/1000/foster': 1000, '/run/user/1000/foster/foster.sock': 1000 };
  t.equal(
    locateSocket(undefined, who, false, owners({ ...system, ...own })),
    '/run/user/1000/foster/foster.sock',
  );
  t.equal(locateSocket(undefined, who, true, owners({ ...system, ...own })), '/run/foster/foster.sock');
  t.equal(locateSocket(undefined, who, false, owners(system)), '/run/foster/foster.sock');
  t.equal(
    locateSocket(undefined, who, false, nothing),
    '/run/user/1000/foster/foster.sock',
    'for the message',
  );
  t.end();
});

t.test('a directory in /tmp is believed only if it is ours or root’s', (t) => {
  const who = { uid: 1000, env: {} };
  const there = (owner: number) =>
    owners({ '/tmp/foster-1000': owner, '/tmp/foster-1000/foster.sock': owner });
  t.equal(locateSocket(undefined, who, false, there(1000)), '/tmp/foster-1000/foster.sock');
  const trap = owners({
    '/tmp/foster-0': 666,
    '/tmp/foster-0/foster.sock': 666,
  });
  t.equal(locateSocket(undefined, { uid: 0, env: {} }, false, trap), '/run/foster/foster.sock');
  t.end();
});

import t from 'tap';
import { locateSocket, type SocketFiles } from '../../../src/control/client/locate.js';

/** Sockets that exist; those of other users are not trusted. */
const sockets = (...paths: readonly string[]): SocketFiles => ({
  exists: (path) => paths.some((entry) => entry.replace('trap:', '') === path),
  isTrusted: ({ path }) => paths.includes(path),
});
const nothing = sockets();

t.test('--socket comes first, then FOSTER_SOCKET, then the session that a job is in', (t) => {
  const env = { FOSTER_SOCKET: '/f', UPSTART_SESSION: 'unix:path=/u' };
  t.same(locateSocket('/o', { uid: 0, env }, false, nothing), { path: '/o', isNamed: true });
  t.same(locateSocket(undefined, { uid: 0, env }, false, nothing), { path: '/f', isNamed: true });
  const session = { UPSTART_SESSION: 'unix:path=/u' };
  t.same(locateSocket(undefined, { uid: 0, env: session }, false, nothing), { path: '/u', isNamed: true });
  const abstract = { UPSTART_SESSION: 'unix:abstract=/com/ubuntu/upstart-session/1/2' };
  const place = { path: '/run/foster/foster.sock', isNamed: false };
  t.same(locateSocket(undefined, { uid: 0, env: abstract }, false, nothing), place);
  t.end();
});

t.test('an ordinary user means their own supervisor, or else the system’s', (t) => {
  const who = { uid: 1000, env: { XDG_RUNTIME_DIR: '/run/user/1000' } };
  const [system, own] = ['/run/foster/foster.sock', '/run/user/1000/foster/foster.sock'];
  t.equal(locateSocket(undefined, who, false, sockets(system, own)).path, own);
  t.equal(locateSocket(undefined, who, true, sockets(system, own)).path, system);
  t.equal(locateSocket(undefined, who, false, sockets(system)).path, system);
  t.equal(locateSocket(undefined, who, false, nothing).path, own, 'for the message');
  t.end();
});

t.test('a socket that another user could have made is passed over, and named when there is no other', (t) => {
  const who = { uid: 1000, env: {} };
  const [trap, system] = ['/tmp/foster-1000/foster.sock', '/run/foster/foster.sock'];
  t.equal(locateSocket(undefined, who, false, sockets(trap)).path, trap, 'ours');
  t.equal(locateSocket(undefined, who, false, sockets(`trap:${trap}`, system)).path, system);
  t.equal(locateSocket(undefined, who, false, sockets(`trap:${trap}`)).path, trap, 'to be refused');
  t.end();
});

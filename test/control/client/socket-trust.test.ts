import { once } from 'node:events';
import { chmodSync, chownSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ControlClient } from '../../../src/control/client/client.js';
import { requireTrustedPeer } from '../../../src/control/client/socket-trust.js';
import { shortDirectory } from '../serve.js';

const isRoot = process.getuid?.() === 0;
const STRANGER = 65534;
const PLACE = { path: '/nowhere/s', isNamed: false };

/** Somebody who listens, and takes what comes. */
async function listener(
  t: Test,
  path: string,
): Promise<{ readonly server: Server; readonly got: () => string }> {
  let got = '';
  const server = createServer((socket) => void socket.on('data', (bytes) => (got += String(bytes))));
  server.listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { server, got: () => got };
}

/** The client does not talk to the socket in `directory`, and says why. */
async function refuses(t: Test, directory: string, message: RegExp, isNamed = true): Promise<void> {
  const path = join(directory, 's');
  const { got } = await listener(t, path);
  const client = new ControlClient({ path, isNamed });
  await t.rejects(client.request('/v1/jobs/db/start', { method: 'POST', body: { env: ['PASSWORD=x'] } }), {
    name: 'UntrustedSocketError',
    message,
  });
  t.equal(got(), '', 'nothing was sent');
}

t.test('a socket in a directory that everybody can write is not used', async (t) => {
  const directory = shortDirectory(t);
  chmodSync(directory, 0o777);
  await refuses(t, directory, /another user could have made it: .* is writable by everyone \(chmod o-w /);
});

t.test(
  'a directory of another user is used only if it was named',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const directory = shortDirectory(t);
    chownSync(directory, STRANGER, STRANGER);
    await refuses(t, directory, /belongs to user 65534/, false);
  },
);

t.test(
  'a socket of another user in a directory of root is not used',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const directory = shortDirectory(t);
    const path = join(directory, 's');
    await listener(t, path);
    chownSync(path, STRANGER, STRANGER);
    await t.rejects(new ControlClient(path).request('/v1/version'), { message: /belongs to user 65534/ });
  },
);

t.test('whoever listens has to be root, the user, or the owner of the directory that was named', (t) => {
  const peer = (uid: number) => ({ pid: 7, uid, gid: uid });
  requireTrustedPeer(PLACE, 1000, peer(0));
  requireTrustedPeer(PLACE, 1000, peer(1000));
  t.throws(() => requireTrustedPeer(PLACE, 1000, peer(666)), {
    message: /a process of user 666 listens there: nothing was sent/,
  });
  t.end();
});

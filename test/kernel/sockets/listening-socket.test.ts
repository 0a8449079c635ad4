import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import {
  addressName,
  closeListening,
  listenOn,
  type SocketAddress,
} from '../../../src/kernel/sockets/listening-socket.js';

/** The path of a socket has little room. */
function shortDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function connects(where: NetConnectOpts): Promise<void> {
  const socket = connect(where);
  await once(socket, 'connect');
  socket.destroy();
}

test('a socket listens on a port, and no more once it is closed', async (t) => {
  const port = await freePort();
  const address: SocketAddress = { family: 'inet', address: '127.0.0.1', port };
  t.equal(addressName(address), `127.0.0.1:${port}`);
  const fd = listenOn(address);
  await connects({ port, host: '127.0.0.1' });
  t.throws(() => listenOn(address), { code: 'EADDRINUSE' });
  closeListening(fd, address);
  await t.rejects(connects({ port, host: '127.0.0.1' }), { code: 'ECONNREFUSED' });
});

test('a socket file replaces one that was left, is for everybody, and goes with the socket', async (t) => {
  const path = join(shortDirectory(t), 'a.sock');
  const address: SocketAddress = { family: 'unix', path };
  const left = listenOn(address);
  const fd = listenOn(address);
  await connects({ path });
  closeListening(left, { family: 'unix', path: '@gone' });
  closeListening(fd, address);
  t.notOk(existsSync(path));
});

test('a file that is no socket is left alone', (t) => {
  const path = join(shortDirectory(t), 'file');
  writeFileSync(path, 'mine');
  t.throws(() => listenOn({ family: 'unix', path }), { code: 'EADDRINUSE' });
  t.ok(existsSync(path));
  t.end();
});

test('a name in the abstract namespace is taken as it is, and leaves no file', (t) => {
  const name = `foster-test-${process.pid}`;
  const address: SocketAddress = { family: 'unix', path: `@${name}` };
  const fd = listenOn(address);
  // Node 20 itself connects to names that are filled up with NULs only
  const listens = () => readFileSync('/proc/net/unix', 'utf8').includes(` @${name}\n`);
  t.ok(listens());
  closeListening(fd, address);
  t.notOk(listens());
  t.notOk(existsSync(`@${name}`));
  t.end();
});

test('an address that there cannot be says so', (t) => {
  t.throws(() => listenOn({ family: 'inet', address: 'nowhere', port: 1 }), {
    message: /nowhere is no address/,
  });
  t.throws(() => listenOn({ family: 'unix', path: `/${'x'.repeat(108)}` }), { message: /at most 107 bytes/ });
  t.end();
});

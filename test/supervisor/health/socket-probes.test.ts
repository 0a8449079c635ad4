import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type Test } from 'tap';
import { httpProbe, tcpProbe } from '../../../src/supervisor/health/socket-probes.js';
import type { Outcome } from '../../../src/supervisor/health/judge.js';
import type { StartProbe } from '../../../src/supervisor/health/probe.js';

const LIMIT = 30_000;

/** A server that does something with each connection. @returns its port */
async function serving(t: Test, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // a check goes away when it knows enough
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const outcomeOf = (start: StartProbe, timeout = LIMIT): Promise<Outcome> =>
  new Promise((resolve) => void start(timeout, resolve));

const http = (port: number, path = '/'): StartProbe =>
  httpProbe({ by: 'http', host: '127.0.0.1', port, path });

test('a connection is enough for tcp, and none is a failure', async (t) => {
  const port = await serving(t, () => undefined);
  t.match(await outcomeOf(tcpProbe({ by: 'tcp', host: '127.0.0.1', port })), { ok: true });
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port: free } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  t.same(await outcomeOf(tcpProbe({ by: 'tcp', host: '127.0.0.1', port: free })), {
    ok: false,
    text: `connect 127.0.0.1:${free}: ECONNREFUSED`,
  });
});

test('http asks for the page, and judges by the status', async (t) => {
  for (const [status, ok] of [
    ['200 OK', true],
    ['204', true],
    ['301 Moved', true],
    ['404 Not Found', false],
    ['503 Service Unavailable', false],
  ] as const) {
    let asked = '';
    const port = await serving(t, (socket) => {
      socket.on('data', (bytes) => {
        asked += bytes.toString();
        if (asked.endsWith('\r\n\r\n')) socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 100000\r\n\r\n`);
      });
    });
    const text = `GET http://127.0.0.1:${port}/up?full answered ${status.slice(0, 3)}`;
    t.same(await outcomeOf(http(port, '/up?full')), { ok, text });
    t.match(asked, new RegExp(`^GET /up\\?full HTTP/1\\.1\r\nHost: 127\\.0\\.0\\.1:${port}\r\n`));
  }
});

test('an answer in pieces is read to the end of its line; one that is none in HTTP is a failure', async (t) => {
  const pieces = await serving(t, (socket) => {
    socket.write('HTTP/1.');
    setImmediate(() => socket.write('0 200 fine\n'));
  });
  t.match(await outcomeOf(http(pieces)), { ok: true });
  for (const answer of ['SSH-2.0-OpenSSH\r\n', '', 'HTTP/1.1 20', 'x'.repeat(100_000)]) {
    const port = await serving(t, (socket) => socket.end(answer));
    t.match(await outcomeOf(http(port)), { ok: false, text: /no HTTP answer|ECONNRESET|EPIPE/ });
  }
});

test('a server that says nothing has a limit', async (t) => {
  const port = await serving(t, () => undefined);
  t.same(await outcomeOf(http(port), 50), {
    ok: false,
    text: `GET http://127.0.0.1:${port}/: no answer within 0.05 s`,
  });
});

test('a check that is given up says nothing', async (t) => {
  const outcomes: Outcome[] = [];
  let accepted: (socket: Socket) => void;
  const connection = new Promise<Socket>((resolve) => (accepted = resolve));
  const port = await serving(t, (socket) => accepted(socket));
  const probe = http(port)(LIMIT, (outcome) => outcomes.push(outcome));
  const socket = await connection;
  // a socket that nobody reads does not notice that the other side has gone
  const isClosed = new Promise((resolve) => socket.resume().on('close', resolve));
  probe.cancel();
  await isClosed;
  t.same(outcomes, []);
});

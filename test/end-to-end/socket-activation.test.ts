import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';

/**
 * A server by sd_listen_fds(3) in a line: it takes one connection from the descriptor that it was given, answers with what
 * it was told of it, and ends.
 */
const SERVER = `
exec ${process.execPath} -e '
  const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES, UPSTART_FDS, UPSTART_EVENTS = "" } = process.env;
  const told = { LISTEN_FDS, own: Number(LISTEN_PID) === process.pid, LISTEN_FDNAMES, UPSTART_FDS, UPSTART_EVENTS };
  const fd = Number(UPSTART_FDS ?? 3);
  require("node:net").createServer((socket) => { socket.end(JSON.stringify(told)); process.exitCode = 0; })
    .listen({ fd }).on("connection", function () { this.close(); });
'
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What the server says. */
async function ask(where: NetConnectOpts): Promise<unknown> {
  const socket = connect(where);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(socket, 'close');
  return JSON.parse(text);
}

test('a connection starts the job that listens there, again after it has ended', async (t) => {
  const port = await freePort();
  const supervisor = await Supervisor.start(t, {
    'web.conf': `start on socket PROTO=inet PORT=${port} ADDR=127.0.0.1\n${SERVER}`,
  });
  const told = {
    LISTEN_FDS: '1',
    own: true,
    LISTEN_FDNAMES: String(port),
    UPSTART_FDS: '3',
    UPSTART_EVENTS: 'socket',
  };
  t.same(await ask({ port, host: '127.0.0.1' }), told);
  await supervisor.untilStatus('web', ({ state }) => state === 'waiting');
  t.same(await ask({ port, host: '127.0.0.1' }), told, 'and once more');
});

test('a job gets all of its sockets, and is told which of them has started it', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const [first, second] = [join(supervisor.directory, 'first.sock'), join(supervisor.directory, 'b:2.sock')];
  supervisor.write(
    'web.conf',
    `start on socket PROTO=unix SOCKET_PATH=${first} or socket PROTO=unix SOCKET_PATH=${second}\n${SERVER}`,
  );
  await supervisor.begin();
  t.match(await ask({ path: second }), {
    LISTEN_FDS: '2',
    LISTEN_FDNAMES: 'first.sock:b_2.sock',
    UPSTART_FDS: '4',
  });
  await supervisor.untilStatus('web', ({ state }) => state === 'waiting');
  await supervisor.cli('start', 'web', '--no-wait');
  t.match(await ask({ path: first }), { LISTEN_FDS: '2', UPSTART_EVENTS: '' }, 'started by hand');
  await supervisor.untilStatus('web', ({ state }) => state === 'waiting');
});

test('sockets follow the job files, and what is wrong with an address is said', async (t) => {
  const port = await freePort();
  const supervisor = await Supervisor.start(t, {
    'bad.conf': 'start on socket PROTO=inet PORT=http\nexec true\n',
  });
  await supervisor.untilMessage(/bad: start on socket: PORT=http: a number from 1 to 65535 expected\n/);
  const where = { port, host: '127.0.0.1' };
  await t.rejects(ask(where), { code: 'ECONNREFUSED' });
  supervisor.write('web.conf', `start on socket PROTO=inet PORT=${port}\n${SERVER}`);
  await supervisor.cli('reload-configuration');
  t.match(await ask(where), { UPSTART_EVENTS: 'socket' });
  await supervisor.untilStatus('web', ({ state }) => state === 'waiting');
  supervisor.write('web.conf', SERVER);
  await supervisor.cli('reload-configuration');
  await t.rejects(ask(where), { code: 'ECONNREFUSED' });
});

test('a job that never takes the connection is not started without end', async (t) => {
  const port = await freePort();
  const supervisor = await Supervisor.start(t, {
    'lazy.conf': `start on socket PROTO=inet PORT=${port} ADDR=127.0.0.1\nexec sh -c 'echo x >>$COUNT'\nenv COUNT=/dev/null\n`,
  });
  const count = join(supervisor.directory, 'count');
  supervisor.write('lazy.override', `env COUNT=${count}\n`);
  await supervisor.cli('reload-configuration');
  const socket = connect({ port, host: '127.0.0.1' });
  t.teardown(() => socket.destroy());
  await supervisor.untilMessage(
    /connected to too often, and the job accepts no connection: waiting for [1-5] s\n/,
  );
  await supervisor.untilStatus('lazy', ({ state }) => state === 'waiting');
  t.equal(readFileSync(count, 'utf8'), 'x\n'.repeat(10));
});

test('a job that outlives its supervisor keeps its socket, and is given it anew when it is respawned', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const path = join(supervisor.directory, 'a.sock');
  const server = `require("node:net").createServer((socket) => socket.end(JSON.stringify(process.pid))).listen({ fd: 3 })`;
  supervisor.write(
    'web.conf',
    `start on socket PROTO=unix SOCKET_PATH=${path}\nrespawn\nexec ${process.execPath} -e '${server}'\n`,
  );
  await supervisor.begin();
  const first = await ask({ path });
  await supervisor.kill();
  await supervisor.begin();
  t.equal(await ask({ path }), first, 'nobody has replaced its socket');
  process.kill(first as number, 'SIGKILL');
  const { main } = await supervisor.untilStatus(
    'web',
    ({ state, respawns }) => state === 'running' && respawns === 1,
  );
  t.equal(await ask({ path }), main);
  t.not(main, first);
});

test('over a re-exec sockets listen on, and a connection that nobody has taken waits', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const path = join(supervisor.directory, 'a.sock');
  const server = `require("node:net").createServer((socket) => socket.end(JSON.stringify(process.pid))).listen({ fd: 3 })`;
  // while `gate` holds up the start, whoever connects waits
  supervisor.write(
    'web.conf',
    `start on socket PROTO=unix SOCKET_PATH=${path}\nrespawn\nexec ${process.execPath} -e '${server}'\n`,
  );
  supervisor.write(
    'gate.conf',
    `start on starting web\ntask\nscript\n  until [ -e ${supervisor.directory}/go ]; do sleep 0.01; done\nend script\n`,
  );
  await supervisor.begin();
  const inode = statSync(path).ino;
  const early = ask({ path });
  await supervisor.untilStatus('web', ({ state }) => state === 'starting');
  await supervisor.reexec();
  t.equal(statSync(path).ino, inode, 'nobody has made the socket anew');
  writeFileSync(join(supervisor.directory, 'go'), '');
  const { main } = await supervisor.untilStatus('web', ({ state }) => state === 'running');
  t.equal(await early, main, 'the connection of before is answered');

  await supervisor.reexec();
  t.equal(await ask({ path }), main);
  process.kill(main!, 'SIGKILL');
  const after = await supervisor.untilStatus(
    'web',
    ({ respawns, state }) => respawns === 1 && state === 'running',
  );
  t.equal(await ask({ path }), after.main, 'the job that is respawned has the same socket');
  t.equal(statSync(path).ino, inode);
});

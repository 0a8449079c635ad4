/** A re-exec whose handover the next program cannot use: jobs are recovered as after a crash, and nothing is lost or left open. */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'tap';
import { errorCode } from '../../src/kernel/errno.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

const LINES = 300;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** How many descriptors of each kind a process has open. */
function descriptors(pid: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const kind = kindOf(`/proc/${pid}/fd/${fd}`);
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const sockets = (pid: number): number => descriptors(pid)['socket'] ?? 0;

/** Pipes and files of the run directory, sockets, memory files; others are Node's own, which vary. */
function kindOf(link: string): string | undefined {
  const target = targetOf(link);
  if (target.startsWith('socket:')) return 'socket';
  if (target.includes('memfd')) return 'memory file';
  return /\/run\/.*\/(?<kind>[a-z]+)/.exec(target)?.groups?.['kind'];
}

/** Empty if the descriptor was closed meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return '';
  }
}

for (const [damage, message] of [
  ['truncated', /The state of the re-exec cannot be read: expected JSON/],
  ['kind', /The state of the re-exec cannot be read: kind: expected/],
  ['failures', /The state of the re-exec cannot be read: failures: expected/],
  ['jobs', /The state of the re-exec cannot be read: state\.jobs: expected/],
  ['core', /The state of the re-exec cannot be read: /],
  ['lock', /Descriptors of the re-exec are not open: 999/],
  ['socket', /Descriptors of the re-exec are not open: 999/],
  ['outputs', /Descriptors of the re-exec are not open: 999/],
  ['sockets', /Descriptors of the re-exec are not open: 999/],
] as const) {
  test(`damage: ${damage}`, async (t) => {
    const port = await freePort();
    const supervisor = Supervisor.prepare(
      t,
      {},
      { program: 'faulty-foster', env: { FOSTER_TEST_DAMAGE: damage } },
    );
    const go = join(supervisor.directory, 'go');
    supervisor.write('plain.conf', 'exec sleep 1000\nrespawn\n');
    supervisor.write('daemon.conf', 'script\n  (setsid sleep 1000 & ) &\nend script\nrespawn\n');
    supervisor.write(
      'writer.conf',
      `script\n  n=0\n  while [ $n -lt ${LINES} ]; do n=$((n+1)); echo line $n; sleep 0.005; done\n  exec sleep 1000\nend script\n`,
    );
    supervisor.write(
      'slow.conf',
      `pre-start script\n  until [ -e ${go} ]; do sleep 0.01; done\nend script\nexec sleep 1000\n`,
    );
    supervisor.write(
      'listener.conf',
      `start on socket PROTO=inet PORT=${port} ADDR=127.0.0.1\nexec sleep 1000\n`,
    );
    await supervisor.begin();
    await supervisor.cli('start', 'plain', 'daemon', 'writer');
    await supervisor.cli('start', '--no-wait', 'slow');
    await supervisor.untilStatus('slow', ({ state }) => state === 'pre-start');
    const names = ['plain', 'daemon', 'writer', 'slow'];
    const pids = async (): Promise<unknown> =>
      Promise.all(names.map(async (name) => (await supervisor.status(name)).processes.map(({ pid }) => pid)));
    const before = await pids();
    const openSockets = sockets(supervisor.pid);

    await supervisor.reexec();
    t.match(supervisor.messages, message);
    t.notMatch(supervisor.messages, /Internal error|already in use|cannot be opened/i);
    t.same(await pids(), before, 'the same processes');
    writeFileSync(go, '');
    await supervisor.untilStatus('slow', ({ state }) => state === 'running');
    const log = join(supervisor.logdir, 'writer.log');
    await until('the last line', () => readFileSync(log, 'utf8').includes(`line ${LINES}\n`));
    const expected = Array.from({ length: LINES }, (_, index) => `line ${index + 1}`);
    t.same(
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('line ')),
      expected,
    );
    // nothing is left open that nobody knows, and the port belongs to the next program
    t.equal(descriptors(supervisor.pid)['memory file'], undefined);
    await until('no socket is left', () => sockets(supervisor.pid) <= openSockets);
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .unref();
    await supervisor.untilStatus('listener', ({ state }) => state === 'running');
    t.equal(await supervisor.shutDown(), 0);
  });
}

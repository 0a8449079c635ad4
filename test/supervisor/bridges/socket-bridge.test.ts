import { once } from 'node:events';
import { constants, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { EventLoop } from '../../../src/kernel/event-loop.js';
import { listenOn } from '../../../src/kernel/sockets/listening-socket.js';
import { SocketBridge } from '../../../src/supervisor/bridges/socket-bridge.js';

function classOf(name: string, stanzas: string): JobClass {
  const checked = checkText(`exec true\n${stanzas}\n`, name, 'conf');
  if (!checked.ok) throw new Error(stanzas);
  return checked.class;
}

/** A bridge that tells of the next event. */
function bridge(): { readonly sockets: SocketBridge; readonly event: Promise<readonly string[]> } {
  let told: (env: readonly string[]) => void = () => undefined;
  const event = new Promise<readonly string[]>((resolve) => (told = resolve));
  const sockets = new SocketBridge({
    descriptors: new EventLoop(),
    now: () => 0,
    isUp: () => false,
    emit: (_event, env) => {
      told(env);
      // what it causes takes as long as the test
      return new Promise(() => undefined);
    },
    report: (level, text) => {
      throw new Error(`${level}: ${text}`);
    },
  });
  return { sockets, event };
}

test('a socket that was kept over a re-exec still has the connections that nobody has taken', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  const path = join(directory, 'a.sock');
  const web = classOf('web', `start on socket PROTO=unix SOCKET_PATH=${path}`);
  const before = bridge();
  before.sockets.setClasses([web]);
  const kept = before.sockets.kept();
  t.match(kept, [{ key: `unix ${path}` }]);
  const inode = statSync(path).ino;
  const client = connect(path);
  await once(client, 'connect');
  await before.event;

  const after = bridge();
  t.teardown(() => {
    client.destroy();
    after.sockets.close();
    rmSync(directory, { recursive: true });
  });
  after.sockets.restore(kept);
  after.sockets.setClasses([web]);
  t.same(after.sockets.kept(), kept);
  t.equal(statSync(path).ino, inode, 'its file has not been replaced');
  t.same(await after.event, ['PROTO=unix', `SOCKET_PATH=${path}`]);
});

test('a socket that was kept, and that no job names any more, is closed', (t) => {
  const name = `@foster-kept-${process.pid}`;
  const after = bridge();
  after.sockets.restore([{ key: `unix ${name}`, fd: listenOn({ family: 'unix', path: name }) }]);
  after.sockets.setClasses([]);
  t.same(after.sockets.kept(), []);
  const again = bridge();
  again.sockets.setClasses([classOf('web', `start on socket PROTO=unix SOCKET_PATH=${name}`)]);
  t.equal(again.sockets.kept().length, 1, 'its address is free');
  again.sockets.close();
  t.end();
});

test('what a job is given is blocking, although it was watched: accept(2) waits for the second connection', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  const path = join(directory, 'a.sock');
  const { sockets, event } = bridge();
  sockets.setClasses([classOf('web', `start on socket PROTO=unix SOCKET_PATH=${path}`)]);
  const client = connect(path);
  t.teardown(() => {
    client.destroy();
    sockets.close();
    rmSync(directory, { recursive: true });
  });
  const [given] = sockets.socketsOf('web', await event);
  const info = readFileSync(`/proc/self/fdinfo/${given!.fd}`, 'utf8');
  const flags = parseInt(/^flags:\s+(\d+)$/m.exec(info)![1]!, 8);
  t.equal(flags & constants.O_NONBLOCK, 0);
});

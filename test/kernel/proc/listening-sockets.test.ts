import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'tap';
import { hasSocket, listeningSockets } from '../../../src/kernel/proc/listening-sockets.js';
import { end, shell } from '../support.js';
import { reapNow } from '../../../src/kernel/process/wait.js';

for (const host of ['127.0.0.1', '::1']) {
  test(`finds who listens on a port of ${host}`, async (t) => {
    const server = createServer().listen(0, host);
    try {
      await once(server, 'listening');
    } catch (error) {
      t.comment(`skipped: no ${host} here (${String(error)})`);
      return;
    }
    const { port } = server.address() as { port: number };
    const inodes = listeningSockets(process.pid).get(port) ?? [];
    t.equal(inodes.length, 1);
    t.equal(hasSocket(process.pid, inodes), true);
    const stranger = shell('kill -STOP $$');
    t.equal(hasSocket(stranger, inodes), false, 'a child has not inherited it');
    process.kill(stranger, 'SIGKILL');
    await end(stranger);
    reapNow(stranger);
    t.equal(hasSocket(stranger, inodes), false, 'nor has a process that is gone');
    server.close();
    await once(server, 'close');
    t.notOk(listeningSockets(process.pid).has(port));
  });
}

test('a process that is gone listens nowhere', (t) => {
  // beyond the largest possible pid (2^22)
  t.equal(listeningSockets(2 ** 22 + 1).size, 0);
  t.end();
});

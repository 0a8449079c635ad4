import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { isNotifyAddress, sendNotice } from '../../../src/kernel/sockets/notify-client.js';
import { NotifySocket } from '../../../src/kernel/sockets/notify-socket.js';
import { SystemError } from '../../../src/kernel/system-error.js';

test('a notice arrives whole, from this process', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  const socket = NotifySocket.bind(join(directory, 'notify'));
  t.teardown(() => {
    socket.close();
    rmSync(directory, { recursive: true });
  });
  sendNotice(socket.path, 'READY=1\nSTATUS=größer');
  t.match(socket.receive(), { pid: process.pid, text: 'READY=1\nSTATUS=größer' });
  t.end();
});

test('a manager that is gone, or does not read, is an error and no wait', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'notify');
  t.throws(() => sendNotice(path, 'READY=1'), SystemError, 'nobody listens');
  t.throws(
    () => sendNotice(`@foster-test-${process.pid}`, 'READY=1'),
    SystemError,
    'nor at a name without a file',
  );
  const socket = NotifySocket.bind(path);
  t.teardown(() => socket.close());
  t.throws(
    () => {
      // unix(7): the queue has room for net.unix.max_dgram_qlen datagrams
      for (let count = 0; count < 100_000; count += 1) sendNotice(path, 'WATCHDOG=1');
    },
    { code: 'EAGAIN' },
  );
  t.end();
});

test('addresses are those of sd_notify(3)', (t) => {
  for (const address of ['/run/systemd/notify', '@name', `/${'x'.repeat(106)}`])
    t.ok(isNotifyAddress(address), address);
  for (const address of ['', '/', '@', 'relative', 'vsock:2:1234', `/${'x'.repeat(107)}`])
    t.notOk(isNotifyAddress(address), address);
  t.end();
});

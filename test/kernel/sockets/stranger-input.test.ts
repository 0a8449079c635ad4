/** Descriptors that come with what strangers send: nobody waits until they are closed. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { closeForeign, foreignDescriptors } from '../../../src/kernel/files/close-foreign.js';
import { acceptConnection } from '../../../src/kernel/sockets/accept.js';
import { listenOn } from '../../../src/kernel/sockets/listening-socket.js';
import { NotifySocket } from '../../../src/kernel/sockets/notify-socket.js';
import {
  closeConnection,
  refuseDescriptors,
  StrangerInput,
} from '../../../src/kernel/sockets/stranger-input.js';
import { spawnChild } from '../../helpers/child.js';
import { until } from '../../helpers/until.js';
import { lingering, PYTHON } from '../../helpers/lingering.js';
import { kernel } from '../support.js';

const skip = existsSync(PYTHON) ? false : `${PYTHON} is needed to send descriptors`;

function place(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return join(directory, 's');
}

/** A sender that keeps the other end of what it has sent open, and never reads. */
function sender(t: Test, ...args: Parameters<typeof lingering>): ChildProcess {
  const child = spawnChild(PYTHON, ['-c', lingering(...args)], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

function listening(t: Test): { readonly path: string; readonly fd: number } {
  const path = place(t);
  const fd = listenOn({ family: 'unix', path });
  // libuv makes it non-blocking
  kernel.descriptors.onReadable(fd, () => undefined).dispose();
  t.teardown(() => closeSync(fd));
  return { path, fd };
}

test('a connection that lingers is closed elsewhere', { skip }, async (t) => {
  const socket = NotifySocket.bind(place(t));
  t.teardown(() => socket.close());
  const child = sender(t, socket.path, 'datagram');
  const message = await until('the message', () => socket.receive());
  t.equal(message.descriptors.length, 1);
  message.descriptors.forEach(closeForeign);
  t.equal(foreignDescriptors(), 1, 'nobody has waited for it');
  child.kill('SIGKILL');
  await until('its end', () => foreignDescriptors() === 0);
});

test('a pipe, which may be the answer to BARRIER=1, and a listening socket are closed at once', (t) => {
  const { read, write } = kernel.files.makePipe();
  const fd = listenOn({ family: 'inet', address: '127.0.0.1', port: 0 });
  for (const one of [read, write, fd]) closeForeign(one);
  t.equal(foreignDescriptors(), 0);
  for (const one of [read, write, fd]) t.throws(() => fstatSync(one), { code: 'EBADF' });
  t.end();
});

test('what a stranger sends over a connection is read with its descriptors', { skip }, async (t) => {
  const { path, fd } = listening(t);
  const child = sender(t, path, 'stream');
  const connection = await until('the connection', () => acceptConnectionIfThere(fd));
  let text = '';
  const input = new StrangerInput(connection, kernel.descriptors, {
    received: (bytes) => (text += bytes.toString()),
    ended: () => (text += '(end)'),
  });
  await until('the text', () => text === 'hello');
  child.kill('SIGKILL');
  await until('the end', () => text === 'hello(end)');
  await until('the end of what was sent', () => foreignDescriptors() === 0);
  input.dispose();
  closeSync(connection);
});

test('a connection of which nothing was read is closed without waiting', { skip }, async (t) => {
  const { path, fd } = listening(t);
  const child = sender(t, path, 'stream');
  let out = '';
  child.stdout?.on('data', (part: Buffer) => (out += part.toString()));
  await until('the message', () => out.includes('sent'));
  closeConnection(acceptConnection(fd)!);
  t.equal(foreignDescriptors(), 1, 'it was received, to be closed elsewhere');
  child.kill('SIGKILL');
  await until('its end', () => foreignDescriptors() === 0);
});

test('where the kernel can, it refuses descriptors', { skip }, async (t) => {
  const { path, fd } = listening(t);
  if (!refuseDescriptors(fd)) {
    t.comment('Linux 6.16 has it');
    return;
  }
  const child = sender(t, path, 'stream');
  let out = '';
  child.stdout?.on('data', (part: Buffer) => (out += part.toString()));
  await until('the refusal', () => out.includes('refused'));
});

function acceptConnectionIfThere(fd: number): number | false {
  return acceptConnection(fd) ?? false;
}

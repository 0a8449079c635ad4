/**
 * Messages of sd_notify(3). Nothing throws, and every notice is one that foster knows, with a value in its range; a field counts once,
 * and what is put together is taken apart again. One in a hundred goes over a real socket.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { sendNotice } from '../../../build/src/kernel/sockets/notify-client.js';
import { NotifySocket } from '../../../build/src/kernel/sockets/notify-socket.js';
import { readMessage } from '../../../build/src/supervisor/readiness/notify-message.js';
import { oddText } from '../words.js';

const KEYS = [
  'READY',
  'MAINPID',
  'STATUS',
  'WATCHDOG',
  'WATCHDOG_USEC',
  'EXTEND_TIMEOUT_USEC',
  'FDSTORE',
  'FDNAME',
  'FDSTOREREMOVE',
  'RELOADING',
  'STOPPING',
  'BARRIER',
  'ERRNO',
  'X',
];
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...KEYS),
      fc.oneof(
        fc.constantFrom(
          '1',
          '0',
          'trigger',
          '-1',
          '1e9',
          '0x10',
          '999999999999999',
          '9999999999999999',
          ' 1',
        ),
        oddText,
      ),
    )
    .map((pair) => pair.join('=')),
  oddText,
);

const directory = mkdtempSync(join(tmpdir(), 'foster-fuzz-'));
const socket = NotifySocket.bind(join(directory, 'notify'));
let count = 0;

export const target = {
  input: fc.array(line, { maxLength: 8 }).map((list) => list.join('\n')),
  examine(text) {
    const notices = readMessage(text);
    for (const notice of notices) require(notice);
    const kinds = new Set(notices.map(({ kind }) => kind));
    if (kinds.size !== notices.length) throw new Error('one kind is there twice');
    if (count++ % 100 === 0) overSocket(text);
    return notices.length > 0;
  },
  close: () => {
    socket.close();
    rmSync(directory, { recursive: true });
  },
};

function require({ kind, pid, by, interval, text, name, sign }) {
  const isRight =
    {
      main: pid > 0 && Number.isSafeInteger(pid),
      'extend-timeout': by > 0 && by < 1e13,
      'watchdog-interval': interval > 0 && interval < 1e13,
      watchdog: sign === 'alive' || sign === 'trouble',
      status: typeof text === 'string',
      store: name !== '' && !/[\0-\x1f\x7f:]/.test(name),
      unstore: typeof name === 'string',
      reloading: true,
      stopping: true,
      ready: true,
    }[kind] === true;
  if (!isRight) throw new Error(`no notice of foster: ${kind}`);
}

function overSocket(text) {
  sendNotice(socket.path, text);
  const received = socket.receive();
  // what is no UTF-8 (half a surrogate) is sent as the sign for that
  const sent = Buffer.from(text).toString();
  if (received === undefined || received.pid !== process.pid || received.text !== sent)
    throw new Error(`it came as ${JSON.stringify(received)}`);
}

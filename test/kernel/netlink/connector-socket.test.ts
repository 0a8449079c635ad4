import { test } from 'tap';

import type { ConnectorRecord } from '../../../src/kernel/netlink/connector-messages.js';
import { ConnectorSocket, type Reading } from '../../../src/kernel/netlink/connector-socket.js';
import { testConnector } from '../../../src/tracker/sources/connector-self-test.js';
import { kernel, openDescriptors, result, shell } from '../support.js';

const selfTest = testConnector();
const skip = selfTest.works ? false : `the proc connector does not work here: ${selfTest.reason}`;

/** Room for about 150 events. */
const SMALL_BUFFER = 64 * 1024;

const STORM = 'i=0; while [ $i -lt 300 ]; do (:); i=$((i+1)); done';

interface Teardown {
  teardown(handler: () => void): void;
}

function open(t: Teardown, ...options: Parameters<typeof ConnectorSocket.open>): ConnectorSocket {
  const socket = ConnectorSocket.open(...options);
  t.teardown(() => socket.close());
  return socket;
}

function readAll(socket: ConnectorSocket): Reading & { readonly records: readonly ConnectorRecord[] } {
  const records: ConnectorRecord[] = [];
  const reading = socket.read((record) => records.push(record));
  return { ...reading, records };
}

const isForkOf = (parent: number) => (record: ConnectorRecord) =>
  record.kind === 'fork' && record.parent === parent;

test(
  'an overflow is reported once, after what was still queued, and then events come again',
  { skip },
  async (t) => {
    const socket = open(t, ['fork', 'exit'], SMALL_BUFFER);
    const storm = shell(STORM);
    await result(storm);
    const first = readAll(socket);
    t.equal(first.overflowed, true);
    const forks = first.records.filter(isForkOf(storm)).length;
    t.ok(forks > 0 && forks < 300, `${forks} of 300 forks were kept`);
    let after: number;
    let second: ReturnType<typeof readAll>;
    // a storm of other processes of the machine may overflow the small buffer again
    do {
      after = shell('exit 0');
      await result(after);
      second = readAll(socket);
    } while (second.overflowed);
    t.ok(second.records.some((record) => record.kind === 'exit' && record.pid === after));
  },
);

test('a watched socket goes on waking the event loop after an overflow', { skip }, async (t) => {
  const socket = open(t, ['fork', 'exit'], SMALL_BUFFER);
  const storm = shell(STORM);
  await result(storm);
  let overflows = 0;
  let last = 0;
  await new Promise<void>((resolve) => {
    const watch = kernel.descriptors.onReadable(socket.fd, () => {
      const { overflowed, records } = readAll(socket);
      // the socket's pending error makes libuv give up watching, unless it is told to go on
      if (overflowed) {
        overflows++;
        last = shell('exit 0');
      }
      if (!records.some((record) => record.kind === 'exit' && record.pid === last)) return;
      watch.dispose();
      resolve();
    });
  });
  await result(last);
  t.equal(overflows, 1);
});

test('only the kinds that were asked for come', { skip }, async (t) => {
  const socket = open(t, ['exit']);
  const pid = shell('exit 4');
  await result(pid);
  const { records } = readAll(socket);
  t.strictSame(new Set(records.map(({ kind }) => kind)), new Set(['exit']));
  t.match(
    records.filter((record) => 'pid' in record && record.pid === pid),
    [{ status: 4 << 8 }],
  );
});

test('acknowledgements of other listeners are not delivered', { skip }, (t) => {
  const socket = open(t);
  open(t);
  t.notOk(readAll(socket).records.some(({ kind }) => kind === 'acknowledgement'));
  t.strictSame(socket.skipped, { short: 0, unknown: 0 });
  t.end();
});

test('closing, even twice, leaves no descriptor', { skip }, (t) => {
  const before = openDescriptors('self');
  const socket = ConnectorSocket.open();
  socket.close();
  socket.close();
  t.strictSame(openDescriptors('self'), before);
  t.end();
});

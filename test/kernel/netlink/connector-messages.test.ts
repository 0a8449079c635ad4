import fc from 'fast-check';
import { test } from 'tap';

import {
  CONNECTOR_EVENTS,
  decodeMessage,
  encodeRequest,
  PROC_CN_MCAST_LISTEN,
} from '../../../src/kernel/netlink/connector-messages.js';

/** A message of 76 bytes as Linux 6.18 sends it, with the words of its union. */
function message(what: number, data: readonly number[]): Buffer {
  const bytes = Buffer.alloc(76);
  bytes.writeUInt32LE(76, 0);
  bytes.writeUInt16LE(3, 4);
  bytes.writeUInt32LE(1, 16);
  bytes.writeUInt32LE(1, 20);
  bytes.writeUInt32LE(77, 24);
  bytes.writeUInt32LE(0, 28);
  bytes.writeUInt16LE(40, 32);
  bytes.writeUInt32LE(what, 36);
  bytes.writeUInt32LE(1, 40);
  bytes.writeBigUInt64LE(5_000_000_000_123n, 44);
  data.forEach((word, index) => bytes.writeUInt32LE(word, 52 + 4 * index));
  return bytes;
}

/** Decodes it where it stands in a larger buffer, as in a batch. */
function decode(bytes: Buffer, length = bytes.length) {
  const batch = Buffer.alloc(256);
  bytes.copy(batch, 128);
  return decodeMessage(new DataView(batch.buffer, batch.byteOffset, batch.length), 128, length);
}

const origin = { cpu: 1, sequence: 77, time: 5_000_000_000_123 };

const KINDS = [
  {
    name: 'a fork',
    bytes: message(CONNECTOR_EVENTS.fork, [11, 10, 21, 20]),
    record: { kind: 'fork', ...origin, parentTid: 11, parent: 10, childTid: 21, child: 20 },
  },
  {
    name: 'an exec',
    bytes: message(CONNECTOR_EVENTS.exec, [20, 20]),
    record: { kind: 'exec', ...origin, tid: 20, pid: 20 },
  },
  {
    name: 'a change of uid',
    bytes: message(CONNECTOR_EVENTS.uid, [20, 20, 33, 65_534]),
    record: { kind: 'uid', ...origin, tid: 20, pid: 20, real: 33, effective: 65_534 },
  },
  {
    name: 'a change of gid',
    bytes: message(CONNECTOR_EVENTS.gid, [20, 20, 4_294_967_294, 0]),
    record: { kind: 'gid', ...origin, tid: 20, pid: 20, real: 4_294_967_294, effective: 0 },
  },
  {
    name: 'a new session',
    bytes: message(CONNECTOR_EVENTS.sid, [20, 20]),
    record: { kind: 'sid', ...origin, tid: 20, pid: 20 },
  },
  {
    name: 'an attached tracer',
    bytes: message(CONNECTOR_EVENTS.ptrace, [20, 20, 31, 30]),
    record: { kind: 'ptrace', ...origin, tid: 20, pid: 20, tracer: 30 },
  },
  {
    name: 'a core dump',
    bytes: message(CONNECTOR_EVENTS.coredump, [22, 20, 10, 10]),
    record: { kind: 'coredump', ...origin, tid: 22, pid: 20 },
  },
  {
    name: 'an exit',
    bytes: message(CONNECTOR_EVENTS.exit, [20, 20, 0x0700, 17, 1, 1]),
    record: { kind: 'exit', ...origin, tid: 20, pid: 20, status: 0x0700, parent: 1 },
  },
  {
    name: 'an acknowledgement',
    bytes: message(CONNECTOR_EVENTS.acknowledgement, [1]),
    record: { kind: 'acknowledgement', ...origin, error: 1, ack: 0 },
  },
];

for (const { name, bytes, record } of KINDS) {
  test(`${name} is decoded`, (t) => {
    t.strictSame(decode(bytes), record);
    t.end();
  });

  test(`${name} that is cut off is called short`, (t) => {
    for (let length = 0; length < 52; length++) t.equal(decode(bytes, length), 'short');
    t.equal(decode(bytes, 55), 'short', 'its length field says more');
    t.end();
  });
}

for (const text of ['nginx', '15 characters..', 'sixteen bytes...', '']) {
  test(`a name of ${text.length} bytes is decoded`, (t) => {
    const bytes = message(CONNECTOR_EVENTS.comm, [20, 20]);
    bytes.write(text, 60);
    t.strictSame(decode(bytes), { kind: 'comm', ...origin, tid: 20, pid: 20, comm: text });
    t.end();
  });
}

test('a message whose own length leaves out what its kind has is called short', (t) => {
  const bytes = message(CONNECTOR_EVENTS.exit, [20, 20, 0, 17, 1, 1]);
  bytes.writeUInt32LE(60, 0);
  t.equal(decode(bytes, 60), 'short');
  t.end();
});

test('an event that this program does not know, and one of another connector, are called unknown', (t) => {
  t.equal(decode(message(0x400, [20, 20])), 'unknown');
  const other = message(CONNECTOR_EVENTS.exec, [20, 20]);
  other.writeUInt32LE(3, 16);
  t.equal(decode(other), 'unknown');
  t.end();
});

test('any bytes are decoded without an exception', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 128 }), fc.nat(128), (bytes, length) => {
      decode(Buffer.from(bytes), Math.min(length, 128));
    }),
  );
  t.pass('for all');
  t.end();
});

test('a request to listen, with and without a filter of kinds', (t) => {
  const plain = encodeRequest(PROC_CN_MCAST_LISTEN, 99);
  t.equal(plain.length, 40);
  t.equal(plain.readUInt32LE(0), 40);
  t.equal(plain.readUInt32LE(28), 99);
  t.equal(plain.readUInt16LE(32), 4);
  t.equal(plain.readUInt32LE(36), 1);
  const filtered = encodeRequest(PROC_CN_MCAST_LISTEN, 99, ['fork', 'exit']);
  t.equal(filtered.readUInt16LE(32), 8);
  t.equal(filtered.readUInt32LE(40), 0x8000_0001);
  t.end();
});

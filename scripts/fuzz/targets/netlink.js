/**
 * Messages of the proc connector: whole ones of every kind with edge values, cut ones and any bytes. Nothing throws; a whole message
 * is decoded to exactly what was put in; a cut one is never decoded.
 */
import fc from 'fast-check';
import { decodeMessage } from '../../../build/src/kernel/netlink/connector-messages.js';
import { bytes, edge } from '../words.js';

/** <linux/cn_proc.h>: the number of the kind, and how many words of 32 bits its part of the union has. */
const KINDS = {
  fork: [1, 4],
  exec: [2, 2],
  uid: [4, 4],
  gid: [0x40, 4],
  sid: [0x80, 2],
  ptrace: [0x100, 4],
  comm: [0x200, 6],
  coredump: [0x40000000, 2],
  exit: [0x80000000, 6],
};
/** nlmsghdr, cn_msg, then what, cpu and the time of struct proc_event. */
const EVENT_DATA = 16 + 20 + 16;

const whole = fc.record({
  kind: fc.constantFrom(...Object.keys(KINDS)),
  words: fc.array(edge, { minLength: 6, maxLength: 6 }),
  cpu: edge,
  sequence: edge,
  time: fc.nat(),
  missing: fc.oneof(fc.constant(0), fc.nat({ max: 80 })),
});

export const target = {
  input: fc.oneof(
    { weight: 4, arbitrary: whole },
    { weight: 1, arbitrary: bytes(128).map((raw) => ({ raw })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(whole, fc.nat({ max: 75 }), edge)
        .map(([one, at, value]) => ({ ...one, at, value })),
    },
  ),
  examine(input) {
    if (input.raw !== undefined) return typeof decode(input.raw) !== 'string';
    const message = encode(input);
    if (input.at !== undefined) {
      message.writeUInt8(input.value & 0xff, input.at % message.length);
      return typeof decode(message) !== 'string';
    }
    const record = decode(message.subarray(0, Math.max(0, message.length - input.missing)));
    if (input.missing > 0) {
      if (typeof record !== 'string') throw new Error('a cut message was decoded');
      return false;
    }
    compare(input, record);
    return true;
  },
};

function decode(message) {
  // as in the receive buffer: beyond the message there is memory
  const memory = Buffer.alloc(256, 0xaa);
  message.copy(memory, 16);
  return decodeMessage(new DataView(memory.buffer, memory.byteOffset, memory.length), 16, message.length);
}

function encode({ kind, words, cpu, sequence, time }) {
  const [what, count] = KINDS[kind];
  const message = Buffer.alloc(EVENT_DATA + 4 * count);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt32LE(1, 16);
  message.writeUInt32LE(1, 20);
  message.writeUInt32LE(sequence, 24);
  message.writeUInt32LE(what, 36);
  message.writeUInt32LE(cpu, 40);
  message.writeBigUInt64LE(BigInt(time), 44);
  words.slice(0, count).forEach((word, index) => message.writeUInt32LE(word, EVENT_DATA + 4 * index));
  return message;
}

function compare({ kind, words, cpu, sequence, time }, record) {
  const [one, two, three, four, , six] = words;
  const expected = {
    fork: { parentTid: one, parent: two, childTid: three, child: four },
    uid: { tid: one, pid: two, real: three, effective: four },
    gid: { tid: one, pid: two, real: three, effective: four },
    ptrace: { tid: one, pid: two, tracer: four },
    exit: { tid: one, pid: two, status: three, parent: six },
  }[kind] ?? { tid: one, pid: two };
  for (const [field, value] of Object.entries({ kind, cpu, sequence, time, ...expected }))
    if (record[field] !== value) throw new Error(`${field} is ${record[field]}, not ${value}`);
}

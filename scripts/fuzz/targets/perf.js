/**
 * Records of perf rings: whole ones with edge values, shorter and longer ones, and any bytes. Nothing throws, whatever a record says
 * of its own length; a whole fork, exit and exec are decoded to what was put in.
 */
import fc from 'fast-check';
import { parseRecord } from '../../../build/src/kernel/perf/records.js';
import { bytes, edge } from '../words.js';

const COMM_EXEC = 0x2000;
/** PERF_RECORD_* */
const TYPES = { comm: 3, exit: 4, fork: 7, lost: 2, lostSamples: 13, namespaces: 16, unknown: 99 };

const whole = fc.record({
  kind: fc.constantFrom(...Object.keys(TYPES)),
  misc: fc.constantFrom(0, COMM_EXEC, 0xffff),
  words: fc.array(edge, { minLength: 4, maxLength: 4 }),
  isProcess: fc.boolean(),
  text: fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  time: fc.nat(),
  length: fc.option(fc.nat({ max: 100 }), { nil: undefined }),
});

export const target = {
  input: fc.oneof(
    { weight: 4, arbitrary: whole },
    { weight: 1, arbitrary: bytes(160).map((raw) => ({ raw })) },
  ),
  examine(input) {
    if (input.raw !== undefined) return parse(input.raw) !== undefined;
    const record = encode(input);
    if (input.length !== undefined && input.length < record.length)
      return parse(record.subarray(0, input.length)) !== undefined;
    const parsed = parse(record);
    compare(input, parsed);
    return parsed !== undefined;
  },
};

function parse(record) {
  return parseRecord(new DataView(record.buffer, record.byteOffset, record.length));
}

function encode({ kind, misc, words, isProcess, text, time }) {
  const [one, two] = words;
  const body = Buffer.alloc(kind === 'namespaces' ? 16 + 7 * 16 : kind === 'comm' ? 8 + 24 : 24);
  body.writeUInt32LE(one, 0);
  body.writeUInt32LE(kind === 'comm' || kind === 'namespaces' ? (isProcess ? one : (one ^ 1) >>> 0) : two, 4);
  if (kind === 'fork' || kind === 'exit') {
    body.writeUInt32LE(isProcess ? one : (one ^ 1) >>> 0, 8);
    body.writeUInt32LE(two, 12);
  }
  if (kind === 'comm') body.write(`${text}\0`, 8, 24, 'latin1');
  if (kind === 'namespaces') body.writeBigUInt64LE(BigInt(words[2]), 8);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(TYPES[kind], 0);
  header.writeUInt16LE(misc, 4);
  header.writeUInt16LE(8 + body.length + 24, 6);
  const trailer = Buffer.alloc(24);
  trailer.writeBigUInt64LE(BigInt(time), 8);
  return Buffer.concat([header, body, trailer]);
}

function compare({ kind, words, isProcess, time }, parsed) {
  const [one, two] = words;
  if (kind !== 'fork' && kind !== 'exit') return;
  if (!isProcess || one === 0) {
    if (parsed !== undefined) throw new Error('a thread was taken for a process');
    return;
  }
  const expected =
    kind === 'fork' ? { kind, child: one, parent: two, time } : { kind, pid: one, parent: two, time };
  for (const [field, value] of Object.entries(expected))
    if (parsed?.[field] !== value) throw new Error(`${field} is ${parsed?.[field]}, not ${value}`);
}

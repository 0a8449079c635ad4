/** A ring over a file in the place of the kernel's memory: what is not made by the kernel is neither read for ever nor beyond the ring. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { PerfRing } from '../../../src/kernel/perf/ring.js';

const PAGE = 4096;
const HEAD = 1024;
const SIZE_IN_HEADER = 6;

/**
 * @param sizes of records that stand one after the other, as their headers say
 * @param written bytes, where it is not all of them
 */
function ringOf(t: Test, sizes: readonly number[], written?: number): PerfRing {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  const fd = openSync(join(directory, 'ring'), 'w+');
  ftruncateSync(fd, 2 * PAGE);
  const number = Buffer.alloc(8);
  let at = 0;
  for (const size of sizes) {
    number.writeUInt16LE(size, 0);
    writeSync(fd, number, 0, 2, PAGE + at + SIZE_IN_HEADER);
    at += Math.max(size, 8);
  }
  number.writeBigUInt64LE(BigInt(written ?? at), 0);
  writeSync(fd, number, 0, 8, HEAD);
  const ring = PerfRing.map(fd, PAGE);
  closeSync(fd);
  t.teardown(() => {
    ring.unmap();
    rmSync(directory, { recursive: true });
  });
  return ring;
}

function read(ring: PerfRing): { readonly isWhole: boolean; readonly sizes: readonly number[] } {
  const sizes: number[] = [];
  const isWhole = ring.read((record) => sizes.push(record.byteLength));
  return { isWhole, sizes };
}

test('records are read once', (t) => {
  const ring = ringOf(t, [32, 48]);
  t.same(read(ring), { isWhole: true, sizes: [32, 48] });
  t.same(read(ring), { isWhole: true, sizes: [] });
  t.end();
});

test('a record without a size ends the reading, and the next one goes on behind it', (t) => {
  const ring = ringOf(t, [32, 0, 48]);
  t.same(read(ring), { isWhole: false, sizes: [32] });
  t.same(read(ring), { isWhole: true, sizes: [] });
  t.end();
});

test('a record that is longer than what has been written is none', (t) => {
  t.same(read(ringOf(t, [0x7fff], 16)), { isWhole: false, sizes: [] });
  t.end();
});

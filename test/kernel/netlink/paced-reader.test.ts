import { test } from 'tap';

import { FakeKernel } from '../../helpers/fake-kernel/fake-kernel.js';
import { PacedReader } from '../../../src/kernel/netlink/paced-reader.js';
import { until } from '../../helpers/until.js';

const FD = 7;

/** A reader of readings that bring as many messages as listed, then none. */
function readerOf(brought: number[]) {
  const { descriptors } = new FakeKernel();
  const readings: number[] = [];
  let waiting: (() => void) | undefined;
  const reader = new PacedReader(descriptors, [FD], () => {
    const count = brought.shift() ?? 0;
    readings.push(count);
    if (brought.length === 0) waiting?.();
    return count;
  });
  const allRead = new Promise<void>((resolve) => {
    waiting = resolve;
  });
  return { reader, readings, allRead, wake: () => descriptors.makeReadable(FD) };
}

test('few messages are read at each wake-up', (t) => {
  const { reader, readings, wake } = readerOf([1, 2, 3]);
  reader.start();
  t.ok(wake());
  t.ok(wake());
  t.strictSame(readings, [1, 2]);
  reader.stop();
  t.end();
});

test('a patient reader pauses after every message, and watches again when there are none', async (t) => {
  const { descriptors } = new FakeKernel();
  const brought = [1, 2, 0];
  const readings: number[] = [];
  let patient = true;
  const reader = new PacedReader(
    descriptors,
    [FD],
    () => {
      const count = brought.shift() ?? 1;
      readings.push(count);
      return count;
    },
    () => patient,
  );
  reader.start();
  t.ok(descriptors.makeReadable(FD));
  t.notOk(descriptors.makeReadable(FD), 'it does not watch meanwhile');
  await until('a reading that brings nothing', () => readings.length === 3);
  patient = false;
  t.ok(descriptors.makeReadable(FD));
  t.ok(descriptors.makeReadable(FD), 'it is patient only as long as it is told to be');
  t.strictSame(readings, [1, 2, 0, 1, 1]);
  reader.stop();
});

test('many messages make it pause: no wake-up is served, and it reads by itself until they are few', async (t) => {
  const { reader, readings, allRead, wake } = readerOf([500, 500, 3]);
  reader.start();
  wake();
  t.notOk(wake(), 'it does not watch meanwhile');
  await allRead;
  t.strictSame(readings, [500, 500, 3]);
  t.ok(wake(), 'it watches again');
  reader.stop();
});

test('a stopped reader does not read on after its pause, and can be started again', async (t) => {
  const { reader, readings, allRead, wake } = readerOf([500, 500, 1]);
  reader.start();
  wake();
  reader.stop();
  t.notOk(wake());
  reader.start();
  wake();
  await allRead;
  t.strictSame(readings, [500, 500, 1]);
  reader.stop();
});

test('readings of little each that follow closely are many messages, too', (t) => {
  const { reader, wake } = readerOf(Array<number>(100).fill(8));
  reader.start();
  let served = 0;
  while (served < 100 && wake()) served += 1;
  t.ok(served < 100, `it paused after ${served}`);
  reader.stop();
  t.end();
});

test('descriptors that are read together pause together', (t) => {
  const { descriptors } = new FakeKernel();
  const reader = new PacedReader(descriptors, [FD, FD + 1], () => 500);
  reader.start();
  t.ok(descriptors.makeReadable(FD));
  t.notOk(descriptors.makeReadable(FD + 1));
  reader.stop();
  t.end();
});

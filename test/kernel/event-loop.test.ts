import { spawnSync } from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import { test } from 'tap';

import { EventLoop } from '../../src/kernel/event-loop.js';
import { kernel } from './support.js';

interface TestPipe {
  readonly fd: number;
  wake(): void;
  drain(): void;
}

function pipe(t: { teardown(handler: () => void): void }): TestPipe {
  const { read, write } = kernel.files.makePipe();
  t.teardown(() => [read, write].forEach((fd) => closeSync(fd)));
  return {
    fd: read,
    wake: () => void writeSync(write, 'x'),
    drain: () => void readSync(read, Buffer.alloc(64)),
  };
}

test('a callback comes whenever there is something to read, until it is disposed', async (t) => {
  const source = pipe(t);
  let calls = 0;
  await new Promise<void>((resolve) => {
    const watch = new EventLoop().onReadable(source.fd, () => {
      source.drain();
      calls++;
      if (calls < 3) {
        source.wake();
        return;
      }
      watch.dispose();
      watch.dispose();
      resolve();
    });
    source.wake();
  });
  source.wake();
  await nextTurn();
  t.equal(calls, 3);
});

test('what was not read calls back again', async (t) => {
  const source = pipe(t);
  let calls = 0;
  await new Promise<void>((resolve) => {
    const watch = new EventLoop().onReadable(source.fd, () => {
      if (++calls < 3) return;
      watch.dispose();
      resolve();
    });
    source.wake();
  });
  t.equal(calls, 3);
});

test('a callback that fails is not called again at once, and keeps nothing else', async (t) => {
  const source = pipe(t);
  const failures: unknown[] = [];
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    const watch = new EventLoop((error) => failures.push(error)).onReadable(source.fd, () => {
      times.push(performance.now());
      if (times.length < 3) throw new Error('a fault');
      watch.dispose();
      resolve();
    });
    source.wake();
  });
  t.equal(failures.length, 2);
  t.ok(times[2]! - times[0]! >= 190, 'it rests a tenth of a second after each');
});

test('what is disposed of while it rests stays so', async (t) => {
  const source = pipe(t);
  let calls = 0;
  await new Promise<void>((resolve) => {
    const watch = new EventLoop(() => {
      watch.pause();
      watch.resume();
      watch.dispose();
      resolve();
    }).onReadable(source.fd, () => {
      calls += 1;
      throw new Error('a fault');
    });
    source.wake();
  });
  await nextTurn();
  t.equal(calls, 1);
});

test('a pause keeps callbacks back and loses nothing', async (t) => {
  const source = pipe(t);
  let calls = 0;
  const seen = new Promise<void>((resolve) => {
    const watch = new EventLoop().onReadable(source.fd, () => {
      calls++;
      watch.dispose();
      resolve();
    });
    watch.pause();
    source.wake();
    setImmediate(() => {
      t.equal(calls, 0);
      watch.resume();
    });
  });
  await seen;
  t.equal(calls, 1);
});

test('an exception reaches the fatal handler, and later callbacks still come', async (t) => {
  const source = pipe(t);
  const errors: unknown[] = [];
  let calls = 0;
  await new Promise<void>((resolve) => {
    const watch = new EventLoop((error) => errors.push(error)).onReadable(source.fd, () => {
      source.drain();
      source.wake();
      if (++calls <= 2) throw new Error(`thrown by call ${calls}`);
      watch.dispose();
      resolve();
    });
    source.wake();
  });
  t.match(errors, [{ message: 'thrown by call 1' }, { message: 'thrown by call 2' }]);
});

test('by default an exception is an uncaught one', async (t) => {
  const source = pipe(t);
  const caught = new Promise<unknown>((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  t.teardown(() => process.setUncaughtExceptionCaptureCallback(null));
  const watch = new EventLoop().onReadable(source.fd, () => {
    watch.dispose();
    throw new Error('thrown');
  });
  source.wake();
  t.match(await caught, { message: 'thrown' });
});

test('promises that a callback resolves go on without another event', async (t) => {
  const source = pipe(t);
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    const watch = new EventLoop().onReadable(source.fd, () => {
      watch.dispose();
      void Promise.resolve().then(() => {
        order.push('promise');
        resolve();
      });
      order.push('callback');
    });
    source.wake();
  });
  t.strictSame(order, ['callback', 'promise']);
});

test('a thousand watches leave no descriptor behind', async (t) => {
  const source = pipe(t);
  for (let i = 0; i < 1000; i++) {
    new EventLoop().onReadable(source.fd, () => t.fail('nothing to read')).dispose();
  }
  await nextTurn();
  t.pass('and the event loop lives');
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

test('a program ends in order although a descriptor is still watched and readable', (t) => {
  const program = `
    import { writeSync } from 'node:fs';
    import { createKernel } from '${new URL('../../src/kernel/linux.js', import.meta.url).href}';
    const kernel = createKernel();
    const { read, write } = kernel.files.makePipe();
    kernel.descriptors.onReadable(read, () => {}).unref();
    writeSync(write, 'x');
    process.exitCode = 3;
  `;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  t.equal(status, 3);
  t.end();
});

import { test } from 'tap';
import { constants } from 'node:os';
import { waitOutShortage } from '../../src/kernel/shortage.js';
import { SystemError } from '../../src/kernel/system-error.js';

const { ENOMEM, ENFILE, EIO } = constants.errno;

function failure(code: string, errno: number): SystemError {
  return new SystemError('open', errno, code, 'read /proc/1/stat', 'for a test');
}

/** Fails so often, then succeeds. */
function failing(times: number, error: Error): () => string {
  let left = times;
  return () => {
    if (left === 0) return 'done';
    left -= 1;
    throw error;
  };
}

test('what lacks memory or descriptors is done again until it succeeds', (t) => {
  for (const error of [
    failure('ENOMEM', ENOMEM),
    failure('ENFILE', ENFILE),
    Object.assign(new Error('of node:fs'), { code: 'ENOMEM' }),
  ]) {
    let slept = 0;
    t.equal(waitOutShortage(failing(20, error), { pause: (time) => (slept += time) }), 'done');
    t.ok(slept > 0 && slept < 1000);
  }
  t.equal(waitOutShortage(failing(2, failure('ENOMEM', ENOMEM))), 'done', 'it really waits');
  t.end();
});

test('not for ever, and for nothing else', (t) => {
  let now = 0;
  const clock = { now: () => now, pause: (time: number) => (now += time) };
  t.throws(() => waitOutShortage(failing(Infinity, failure('ENOMEM', ENOMEM)), clock), { code: 'ENOMEM' });
  t.equal(now, 1000);
  t.throws(() => waitOutShortage(failing(1, failure('EIO', EIO)), clock), { code: 'EIO' });
  t.equal(now, 1000);
  t.end();
});

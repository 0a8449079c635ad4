import { test } from 'tap';

import { libc, requireSupportedPlatform, UnsupportedPlatformError } from '../../src/kernel/libc.js';

test('on anything but Linux one sentence says so', (t) => {
  t.intercept(process, 'platform', { value: 'darwin' });
  t.throws(() => requireSupportedPlatform(), {
    name: 'UnsupportedPlatformError',
    message: 'foster supervises processes on Linux only; this is darwin.',
  });
  t.end();
});

test('a function that the C library lacks is named, and a lacking optional one is undefined', (t) => {
  t.throws(() => libc().declare('int', 'no_such_function', []), UnsupportedPlatformError);
  t.throws(() => libc().declare('int', 'no_such_function', []), /no_such_function/);
  t.equal(libc().declareOptional('int', 'no_such_function', []), undefined);
  t.end();
});

test('the C library is known by name', (t) => {
  t.match(libc().name, /^(glibc|musl)$/);
  t.end();
});

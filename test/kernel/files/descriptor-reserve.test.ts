import { closeSync, openSync } from 'node:fs';
import { test } from 'tap';
import {
  lacksDescriptors,
  reserveDescriptors,
  withSpareDescriptors,
} from '../../../src/kernel/files/descriptor-reserve.js';
import { readProcRecord } from '../../../src/kernel/proc/proc-file.js';
import { readTextFile } from '../../../src/kernel/files/read-file.js';

/** Opens /dev/null until no more goes. */
function exhaust(): readonly number[] {
  const open: number[] = [];
  try {
    for (;;) open.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (!lacksDescriptors(error)) throw error;
    return open;
  }
}

test('/proc, files and whatever closes what it opens are read when no descriptor is left', (t) => {
  reserveDescriptors();
  // loads the C library, which foster has done long before
  readProcRecord('/proc/self/stat');
  const open = exhaust();
  try {
    for (let time = 0; time < 3; time++) {
      t.match(readProcRecord('/proc/self/stat')?.toString('latin1'), /^\d+ \(/);
      t.match(readTextFile('/etc/passwd', { limit: 1024 * 1024 }), /^root:/);
      const fd = withSpareDescriptors(() => {
        const opened = openSync('/dev/null', 'r');
        closeSync(opened);
        return opened;
      });
      t.ok(fd > 2);
    }
    t.throws(() => openSync('/dev/null', 'r'), { code: 'EMFILE' }, 'the reserve is there again');
    t.throws(
      () =>
        withSpareDescriptors(() => {
          throw new Error('another fault');
        }),
      { message: 'another fault' },
    );
  } finally {
    for (const fd of open) closeSync(fd);
  }
  t.end();
});

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import {
  bigStatIfPossible,
  lstatIfPossible,
  namesIfPossible,
  readlinkIfPossible,
  statIfPossible,
} from '../../../src/kernel/files/stat.js';

const LOOKS = { statIfPossible, bigStatIfPossible, lstatIfPossible, readlinkIfPossible };

test('nothing is there, or it cannot be looked at', (t) => {
  const root = t.testdir({ file: '' });
  symlinkSync('circle', join(root, 'circle'));
  for (const [name, look] of Object.entries(LOOKS))
    for (const path of ['missing', 'file/below', 'circle/below', 'x'.repeat(300), 'nul\0'])
      t.equal(look(join(root, path)), undefined, `${name} ${path}`);
  t.same(namesIfPossible(join(root, 'nul\0')), []);
  t.end();
});

test('an error of foster itself is not taken for a missing file', (t) => {
  for (const [name, look] of Object.entries(LOOKS))
    t.throws(() => look(undefined as unknown as string), TypeError, name);
  t.end();
});

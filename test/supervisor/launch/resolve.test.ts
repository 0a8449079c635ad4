import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import {
  checkInterpreter,
  checkWorkingDirectory,
  findProgram,
} from '../../../src/supervisor/launch/resolve.js';
import { LaunchError } from '../../../src/supervisor/launch/launch-error.js';

/** A directory with a program in `bin`, and what a search cannot examine. */
function system(t: Test): string {
  const root = t.testdir({ bin: { tool: '' }, file: '' });
  chmodSync(join(root, 'bin/tool'), 0o755);
  symlinkSync('circle', join(root, 'circle'));
  return root;
}

test('a search in PATH skips what cannot be examined, as execvp(3) does', (t) => {
  const root = system(t);
  const unusable = ['circle', 'file', 'missing', 'x'.repeat(300), 'nul\0'].map((name) => join(root, name));
  const path = [...unusable, join(root, 'bin')].join(':');
  t.equal(findProgram('tool', { root: '/', directory: '/', path }), join(root, 'bin/tool'));
  t.throws(() => findProgram('tool', { root: '/', directory: '/', path: unusable.join(':') }), LaunchError);
  t.end();
});

test('a NUL that an event put into PATH or into a directory fails the start, inside another root as well', (t) => {
  const root = system(t);
  t.equal(findProgram('tool', { root, directory: '/', path: '/nul\0:/bin' }), '/bin/tool');
  t.throws(() => findProgram('tool', { root, directory: '/', path: '/nul\0' }), LaunchError);
  t.throws(() => findProgram('/bin/tool\0', { root, directory: '/', path: undefined }), LaunchError);
  for (const place of ['/', root]) t.throws(() => checkWorkingDirectory(place, '/bin\0'), LaunchError);
  t.end();
});

test('the path of an interpreter ends at a NUL, as for the kernel', (t) => {
  const root = system(t);
  writeFileSync(join(root, 'good'), '#!/bin/tool\0\0 -x\n');
  writeFileSync(join(root, 'bad'), '#!/bin/none\0\0\n');
  t.doesNotThrow(() => checkInterpreter('/good', root));
  t.throws(() => checkInterpreter('/bad', root), {
    message: /needs the interpreter \/bin\/none, which does not exist/,
  });
  t.end();
});

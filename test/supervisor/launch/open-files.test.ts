import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { openFilesOf } from '../../../src/supervisor/launch/open-files.js';
import { realKernel } from '../support/children.js';
import { bench, main } from '../support/launch-bench.js';

const limits = (soft: string, hard: string): string =>
  `Limit Soft Limit Hard Limit Units\nMax open files            ${soft}                ${hard}               files\n`;

test('jobs are to have the soft limit that Node has raised', (t) => {
  t.same(openFilesOf('1024', limits('524288', '524288')), {
    jobs: { resource: 'nofile', soft: 1024, hard: 524288 },
    own: { resource: 'nofile', soft: 524288, hard: 524288 },
  });
  t.end();
});

test('nothing is changed where nothing was raised, or nothing is known', (t) => {
  t.equal(openFilesOf('4096', limits('4096', '4096')), undefined);
  t.equal(openFilesOf(undefined, limits('4096', '4096')), undefined);
  t.equal(openFilesOf('many', limits('4096', '4096')), undefined);
  t.equal(openFilesOf('1024', 'something else'), undefined);
  t.end();
});

test('a job begins with that limit, and the supervisor keeps its own', async (t) => {
  const own = (): string => /^Max open files.*$/m.exec(readFileSync('/proc/self/limits', 'utf8'))![0];
  const before = own();
  const hard = Number(/(\d+) +files/.exec(before)![1]);
  const openFiles = {
    jobs: { resource: 'nofile', soft: 200, hard },
    own: { resource: 'nofile', soft: hard, hard },
  };
  const defaults = {
    self: { uid: 0, gid: 0 },
    inherited: {},
    table: [],
    directory: '/',
    umask: undefined,
  };
  const { run } = bench(t, { kernel: realKernel, defaults: { ...defaults, openFiles } });
  t.equal((await run(main({ script: 'ulimit -Sn; ulimit -Hn' }))).output, `200\n${hard}\n`);
  t.equal(own(), before);
});

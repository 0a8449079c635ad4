/** What scripts/lib/prepare.sh does to the folder of dependencies. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const PREPARE = fileURLToPath(new URL('../../../scripts/lib/prepare.sh', import.meta.url));

/** Does to node_modules what `npm ci` does: empties it, also through a link, and fills it. */
const NPM = '#!/bin/sh\nrm -rf node_modules/*\nmkdir -p node_modules\n: > node_modules/.package-lock.json\n';

t.test('an installation leaves alone what a link of another work tree points at', (t) => {
  const directory = t.testdir({
    bin: { npm: NPM },
    shared: { keep: 'of another work tree' },
    work: { 'package-lock.json': '{}', node_modules: t.fixture('symlink', '../shared') },
  });
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', `set -e; chmod +x ../bin/npm; . ${PREPARE}; install_dependencies`],
    {
      cwd: join(directory, 'work'),
      env: { ...process.env, PATH: `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}` },
      encoding: 'utf8',
    },
  );
  t.equal(status, 0, stderr);
  t.ok(existsSync(join(directory, 'shared/keep')));
  t.ok(lstatSync(join(directory, 'work/node_modules')).isDirectory());
  t.end();
});

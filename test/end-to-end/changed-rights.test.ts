/** A small run of scripts/changed-rights.js: setuid, setgid and file-capability daemons on every source, on a busy machine. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { plainEnvironment } from '../helpers/child.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';

const SCRIPT = fileURLToPath(new URL('../../../scripts/changed-rights.js', import.meta.url));
const PROGRAMS = ['/usr/bin/perl', '/usr/sbin/setcap'];

const missing = PROGRAMS.find((path) => !existsSync(path));
const skip = missing === undefined ? (mayMakeNamespaces ? false : 'needs root') : `needs ${missing}`;

test('daemons whose rights an exec changes, six of each kind', { skip }, (t) => {
  const args = [SCRIPT, '--runs', '6', '--at-once', '6'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    env: plainEnvironment(),
    encoding: 'utf8',
  });
  t.equal(status, 0, `${stdout}${stderr}`);
  t.match(stdout, / 0 wrong\n$/);
  t.end();
});

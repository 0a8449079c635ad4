/** `npm run single` in a place of its own: nothing of the clone is there, and everything works. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Each line says what is tried; the clone is hidden behind an empty file system. $1 is the clone, $2 the place. */
const TRY = `
set -e
mount -t tmpfs foster-test "$1"
cd "$2"
PATH="$2/foster/bin:$PATH"
export FOSTER_SOCKET="$2/run/foster.sock"
foster init --confdir jobs --rundir run --logdir log 2>err.txt &
foster health --wait 30
foster start web
foster reexec
foster health --level ready --wait 30
foster stop web
foster import --dry-run cron.service | grep 'exec ='
foster install --dry-run --manager sysvinit --root / | grep 'Provides:'
initctl version
foster shutdown
`;

t.test('a directory with all of foster runs without its clone', { skip: !mayMakeNamespaces }, async (t) => {
  // a directory below the clone would be hidden with it
  const place = mkdtempSync(join(tmpdir(), 'foster-single-'));
  t.teardown(() => rmSync(place, { recursive: true, force: true }));
  const made = execFileSync(process.execPath, [join(ROOT, 'scripts/single.js'), join(place, 'foster')], {
    encoding: 'utf8',
  });
  const [, megabytes = 'unknown'] = /files, ([\d.]+) MB/.exec(made) ?? [];
  t.ok(Number(megabytes) < 10, `${megabytes} MB`);
  mkdirSync(join(place, 'jobs'));
  // a pattern of its output needs a package that is loaded then
  writeFileSync(join(place, 'jobs/web.ini'), "exec = sh -c 'echo up; exec sleep 1000'\nready log = ^up$\n");
  writeFileSync(join(place, 'cron.service'), '[Service]\nExecStart=/usr/sbin/cron -f\n');
  const words = [
    '--pid',
    '--fork',
    '--mount',
    '--mount-proc',
    '--kill-child',
    'sh',
    '-c',
    TRY,
    'sh',
    ROOT,
    place,
  ];
  const tried = spawnChild('unshare', words, { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const { status, out, err } = await outcomeOf(tried);
  t.equal(status, 0, `${out}${err}`);
  t.match(out, /live\nweb start\/running, process \d+\n[\s\S]*ready\nweb stop\/waiting\n/);
  t.match(out, /exec = \/usr\/sbin\/cron -f\n[\s\S]*init \(upstart/);
});

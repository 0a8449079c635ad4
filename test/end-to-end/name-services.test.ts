import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { mayMakeNamespaces } from '../helpers/pid-one.js';

const FOSTER = fileURLToPath(new URL('../helpers/foster.js', import.meta.url));

/** A name service of Debian that needs no server: its users are in a file of its own. */
const hasExtraUsers = existsSync('/usr/lib/libnss_extrausers.so.2');

/** With the machine's files for the name service hidden by those of the test, in namespaces of their own. */
const INSIDE = `
set -e
mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf
mkdir -p /var/lib/extrausers
mount -t tmpfs extrausers /var/lib/extrausers
cp "$1/passwd" "$1/group" /var/lib/extrausers
export FOSTER_SOCKET="$1/run/foster.sock"
"$2" "$3" init --no-startup-event --confdir "$1/conf" --logdir "$1/log" --rundir "$1/run" >/dev/null 2>&1 &
until "$2" "$3" version >/dev/null 2>&1; do sleep 0.1; done
"$2" "$3" start elsewhere
"$2" "$3" start nobody-knows || true
cat "$1/log/elsewhere.log"
"$2" "$3" shutdown
`;

const skip = mayMakeNamespaces
  ? hasExtraUsers
    ? false
    : 'libnss-extrausers is not installed'
  : 'only root may make namespaces';

t.test('a job runs as a user whom only a name service knows', { skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const write = (file: string, text: string): void => writeFileSync(join(directory, file), text);
  for (const name of ['conf', 'log', 'run']) mkdirSync(join(directory, name));
  write('nsswitch.conf', 'passwd: files extrausers\ngroup: files extrausers\n');
  write('passwd', 'rt-hal:x:61981:61981::/srv/hal:/bin/sh\n');
  write('group', 'rt-hal:x:61981:\nrt-crew:x:61982:rt-hal\nrt-own:x:61983:\n');
  write(
    'conf/elsewhere.ini',
    'exec = echo $(id -u) $(id -G) $HOME\ntask = true\nsetuid = rt-hal\nsetgid = rt-own\n',
  );
  write('conf/nobody-knows.ini', 'exec = true\ntask = true\nsetuid = rt-nobody\n');
  const words = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  const { status, out, err } = await outcomeOf(
    spawnChild('unshare', [...words, 'sh', '-c', INSIDE, 'sh', directory, process.execPath, FOSTER], {
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  t.equal(status, 0, err);
  t.match(out, /^61981 61983 61982 \/srv\/hal$/m);
  t.match(err, /there is no user "rt-nobody" in \/etc\/passwd, and no name service knows one/);
});

/** foster install: the service that it writes, and what it leaves alone. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type Test } from 'tap';
import { main } from '../../../src/cli/main.js';
import { serviceText } from '../../../src/cli/install/service.js';
import { terminalOver } from '../../../src/cli/terminal.js';

const UNIT = '/etc/systemd/system/foster.service';

/** A machine that is being put together, with these directories; runs `foster install` for it. */
function machine(t: Test, directories: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), 'foster-install-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  const run = async (args: readonly string[], uid = 0) => {
    let [out, err] = ['', ''];
    const sinks = {
      stdout: (text: string | Uint8Array) => (out += String(text)),
      stderr: (text: string) => (err += text),
    };
    const isTerminal = { stdout: false, stderr: false };
    const surroundings = { env: { HOME: '/home/ann' }, uid, isTerminal, escaping: 'always' } as const;
    const status = await main(['install', '--root', root, ...args], terminalOver(sinks, surroundings));
    return { status, out, err };
  };
  return { root, run, read: (path: string) => readFileSync(join(root, path), 'utf8') };
}

test('the service is that of the manager which is there', async (t) => {
  for (const [directory, path, start] of [
    ['run/systemd/system', UNIT, 'systemctl enable --now foster'],
    ['etc/init.d', '/etc/init.d/foster', 'service foster start'],
  ] as const) {
    const { root, run, read } = machine(t, [directory]);
    const { status, out } = await run([]);
    t.equal(status, 0);
    t.match(out, `${root}${path} is written\n`);
    t.match(out, `    ${start}\n`);
    t.match(read(path), /\/bin\/foster/);
    t.notMatch(read(path), /@[A-Z]+@/, 'nothing of the template is left');
    t.ok(existsSync(join(root, '/etc/foster')));
  }
  const { run } = machine(t, []);
  t.match(await run([]), {
    status: 1,
    err: /none of systemd, openrc, sysvinit is here; --manager names one/,
  });
});

test('a script of an init can be run, a unit need not be', async (t) => {
  const { root, run } = machine(t, []);
  await run(['--manager', 'openrc']);
  t.equal(statSync(join(root, '/etc/init.d/foster')).mode & 0o777, 0o755);
  await run(['--manager', 'systemd']);
  t.equal(statSync(join(root, UNIT)).mode & 0o777, 0o644);
});

test('written again it is renewed; a file that is not of foster stays', async (t) => {
  const { run, read, root } = machine(t, ['run/systemd/system']);
  await run([]);
  const text = read(UNIT);
  t.match((await run([])).out, /is as it was/);
  writeFileSync(join(root, UNIT), text.replace('WatchdogSec=60', 'WatchdogSec=5'));
  t.match((await run([])).out, /is renewed/);
  t.equal(read(UNIT), text);
  writeFileSync(join(root, UNIT), '[Service]\nExecStart=/opt/other\n');
  for (const args of [[], ['--remove']])
    t.match(await run(args), { status: 1, err: /foster\.service is not of foster, and stays as it is\n$/ });
  t.equal(read(UNIT), '[Service]\nExecStart=/opt/other\n');
});

test('--dry-run writes and removes nothing', async (t) => {
  const { run, root } = machine(t, ['run/systemd/system']);
  t.match(await run(['--dry-run']), { status: 0, out: /would be:\n[^]*\nType=notify\n/ });
  t.notOk(existsSync(join(root, '/etc')));
  await run([]);
  t.match(await run(['--dry-run', '--remove']), { status: 0, out: /would be removed\n$/ });
  t.ok(existsSync(join(root, UNIT)));
});

test('--remove takes away what is not in use, and nothing else', async (t) => {
  const { run, root } = machine(t, ['run/systemd/system']);
  t.match(await run(['--remove']), { status: 1, err: /there is no / });
  await run([]);
  const link = join(root, '/etc/systemd/system/multi-user.target.wants/foster.service');
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(UNIT, link);
  t.match(await run(['--remove']), {
    status: 1,
    err: /still enabled; first: systemctl disable --now foster\n/,
  });
  rmSync(link);
  t.match(await run(['--remove']), { status: 0, out: /is removed; job files and logs stay/ });
  t.notOk(existsSync(join(root, UNIT)));
  t.ok(existsSync(join(root, '/etc/foster')));
});

test("an ordinary user has a service of the user's own", async (t) => {
  const { run, read } = machine(t, ['run/systemd/system']);
  t.match(await run([], 1000), { status: 1, err: /only root .* --user writes one of your own/ });
  t.equal((await run(['--user'], 1000)).status, 0);
  t.match(read('/home/ann/.config/systemd/user/foster.service'), /^ExecStart=\/.* init --user /m);
  t.match(await run(['--user', '--manager', 'openrc'], 1000), {
    status: 2,
    err: /openrc has no services of users/,
  });
});

test('a Node outside the usual directories is found all the same', (t) => {
  t.equal(serviceText('PATH=@PATH@', '/x', '/usr/bin/node').split(':')[0], 'PATH=/usr/local/sbin');
  t.equal(serviceText('PATH=@PATH@', '/x', '/opt/node/bin/node').split(':')[0], 'PATH=/opt/node/bin');
  t.end();
});

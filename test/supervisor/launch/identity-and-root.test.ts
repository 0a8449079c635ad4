import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { findTools } from '../../../src/supervisor/launch/tools.js';
import { endOf } from '../support/children.js';
import { conf } from '../support/job-classes.js';
import { bench, failsWith, main, PATH } from '../support/launch-bench.js';

const root = process.getuid?.() === 0 ? false : 'needs root';

test('setuid gives user, primary group and memberships, and no group of root', { skip: root }, async (t) => {
  const { run } = bench(t);
  t.equal((await run(main({ script: 'id -un; id -Gn' }, { setuid: 'nobody' }))).output, 'nobody\nnogroup\n');
  t.equal(
    (await run(main({ script: 'id -un; id -Gn' }, { setuid: 'nobody', setgid: 'daemon' }))).output,
    'nobody\ndaemon\n',
  );
  t.equal((await run(main({ script: 'id -un; id -gn' }, { setgid: 'daemon' }))).output, 'root\ndaemon\n');
});

test('setuid goes with limits, directory, umask and a long script', { skip: root }, async (t) => {
  const { run } = bench(t);
  const stanzas = {
    setuid: 'nobody',
    chdir: '/usr',
    umask: 0o077,
    nice: -5,
    limits: { nofile: { soft: 64, hard: 64 } },
  };
  const { output } = await run(main({ script: 'echo "$0"\nid -un\npwd\numask\nnice\nulimit -Hn' }, stanzas));
  t.equal(output, '/proc/self/fd/9\nnobody\n/usr\n0077\n-5\n64\n');
});

test(
  "setuid sets HOME, USER, SHELL and LOGNAME where the class says so, and never over the job's own",
  { skip: root },
  async (t) => {
    const { run } = bench(t);
    const script = 'echo "${HOME-unset} ${USER-unset} ${LOGNAME-unset} ${SHELL-unset}"';
    t.equal((await run(main({ script }, { setuid: 'nobody' }))).output, 'unset unset unset unset\n');
    const native = main({ script }, { setuid: 'nobody', userEnvironment: true });
    t.equal((await run(native)).output, '/nonexistent nobody nobody /usr/sbin/nologin\n');
    t.equal(
      (await run({ ...native, env: [PATH, 'HOME=/srv'] })).output,
      '/srv nobody nobody /usr/sbin/nologin\n',
    );
  },
);

test('hooks have the attributes too, the security process has none', { skip: root }, async (t) => {
  const { run } = bench(t);
  const script = { script: 'id -un; pwd; nice' };
  const jobClass = conf({
    processes: { 'pre-start': script, security: script },
    setuid: 'nobody',
    chdir: '/usr',
    nice: 3,
  });
  t.equal((await run({ class: jobClass, process: 'pre-start' })).output, 'nobody\n/usr\n3\n');
  t.equal((await run({ class: jobClass, process: 'security' })).output, `root\n/\n${getPriority()}\n`);
});

/** A root directory with the programs of this machine in it, by a read-only copy of the few files that `sh` needs. */
function smallRoot(directory: string): string {
  const path = join(directory, 'root');
  for (const part of ['etc', 'srv', 'bin', 'real'])
    mkdirSync(join(path, part), { recursive: true, mode: 0o755 });
  writeFileSync(join(path, 'etc/passwd'), 'inside:x:4321:4321::/srv:/bin/sh\n');
  writeFileSync(join(path, 'etc/group'), 'inside:x:4321:\nextra:x:4322:inside\n');
  return path;
}

test('chroot resolves directory, program, user and links inside the root', { skip: root }, (t) => {
  const { launcher, directory } = bench(t);
  const path = smallRoot(directory);
  symlinkSync('/real/tool', join(path, 'bin/tool'));
  const start =
    (stanzas: Partial<JobClass>): (() => unknown) =>
    () =>
      launcher.launch({
        job: { name: 'job', instance: '' },
        process: 'main',
        env: [PATH],
        ...main({ exec: 'tool' }, { chroot: path, ...stanzas }),
      });
  failsWith(t, start({}), {
    reason: 'unable to execute: No such file or directory',
    hint: /no program "tool" in PATH .* below/,
  });
  failsWith(t, start({ chdir: '/usr' }), {
    reason: 'unable to change working directory: No such file or directory',
  });
  failsWith(t, start({ setuid: 'nobody' }), { reason: 'unable to find setuid user nobody' });
  failsWith(t, start({ setuid: 'inside', chroot: '/no/such/root' }), {
    reason: 'unable to change root directory: No such file or directory',
  });
  writeFileSync(join(path, 'real/tool'), '#!/no/interpreter\n', { mode: 0o755 });
  failsWith(t, start({ setuid: 'inside' }), { hint: /needs the interpreter \/no\/interpreter/ });
  t.end();
});

test('chroot, directory and identity take effect together', { skip: root }, async (t) => {
  const { run } = bench(t);
  // `/proc/self/root` is the root itself by another name, with all programs in it
  const stanzas = { chroot: '/proc/self/root/', chdir: '/usr', setuid: 'nobody', nice: 2 };
  const { output, status } = await run(main({ script: 'id -un\nid -Gn\npwd\nnice' }, stanzas));
  t.equal(output, 'nobody\nnogroup\n/usr\n2\n');
  t.equal(status, 0);
});

test("an ordinary user starts jobs as itself, and nobody else's", (t) => {
  const self = { uid: 65534, gid: 65534 };
  const defaults = { self, inherited: {}, table: [PATH], directory: '/', umask: undefined };
  const { launcher } = bench(t, { defaults });
  const start =
    (stanzas: Partial<JobClass>): (() => unknown) =>
    () =>
      launcher.launch({
        job: { name: 'job', instance: '' },
        process: 'main',
        env: [PATH],
        ...main({ exec: 'true' }, stanzas),
      });
  failsWith(t, start({ setuid: 'root' }), { reason: 'unable to setuid: Operation not permitted' });
  failsWith(t, start({ setgid: 'daemon' }), { reason: 'unable to setgid: Operation not permitted' });
  const { pid } = start({ setuid: 'nobody', setgid: 'nogroup' })() as { pid: number };
  return endOf(pid).then((status) => t.equal(status, 0));
});

test('without setpriv and chroot of coreutils foster does it itself', { skip: root }, async (t) => {
  const { self } = findTools();
  const { run } = bench(t, { findTools: () => ({ self: self! }) });
  const limits = { nofile: { soft: 64, hard: 128 } };
  const stanzas = { setuid: 'nobody', chdir: '/usr', umask: 0o077, limits };
  const script =
    'echo "$0"\nid -un\nid -Gn\npwd\numask\nulimit -Sn\ngrep -E "^Sig(Blk|Ign)" /proc/self/status\nls /proc/$$/fd';
  const signals = 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n';
  const expected = `/proc/self/fd/9\nnobody\nnogroup\n/usr\n0077\n64\n${signals}`;
  for (const chroot of [undefined, '/proc/self/root/']) {
    const { output } = await run(main({ script }, { ...stanzas, ...(chroot !== undefined && { chroot }) }));
    t.ok(output.startsWith(expected), output);
  }
});

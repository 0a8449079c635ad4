/** The Debian package in a clean Debian: installed, upgraded and removed, without an init and under systemd. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, type Test } from 'tap';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { until } from '../helpers/until.js';
import { makeCleanRoot, withoutCleanRoot, type Booted, type CleanRoot } from './support/clean-root.js';

const PROJECT = dirname(fileURLToPath(new URL('../../../package.json', import.meta.url)));

/** Packages of this build, which goes on to be used by other tests. */
async function buildPackages(t: Test, into: string): Promise<readonly string[]> {
  const output = mkdtempSync(join(tmpdir(), 'foster-deb-'));
  t.teardown(() => rmSync(output, { recursive: true, force: true }));
  for (const FOSTER_DEB_REVISION of ['1', '2']) {
    const env = {
      ...plainEnvironment(),
      FOSTER_DEB_REVISION,
      FOSTER_DEB_OUTPUT: output,
      FOSTER_DEB_BUILD: 'no',
    };
    const { status, err } = await outcomeOf(
      spawnChild('bash', [join(PROJECT, 'scripts/deb.sh')], { env, stdio: ['ignore', 'ignore', 'pipe'] }),
    );
    if (status !== 0) throw new Error(`deb.sh ended with ${status}: ${err}`);
  }
  const names = readdirSync(output).sort();
  for (const name of names) cpSync(join(output, name), join(into, name));
  return names.map((name) => `/${name}`);
}

async function mainOf(booted: Booted, job: string): Promise<number> {
  return (JSON.parse(await booted.does(`foster status ${job} --json`)) as { main: number }).main;
}

async function supervisorOf(booted: Booted): Promise<{ readonly pid: number; readonly since: string }> {
  const { supervisor } = JSON.parse(await booted.does('foster version --json')) as {
    supervisor: { pid: number; since: string };
  };
  return supervisor;
}

const NAP = "printf 'start on = startup\\nexec = sleep 1000\\n' >/etc/foster/nap.ini";

test('the package of this build', { skip: withoutCleanRoot }, async (t) => {
  const root = await makeCleanRoot(t, ['nodejs', 'systemd', 'systemd-sysv']);
  const [first = '', second = ''] = await buildPackages(t, root.directory);
  await t.test('without an init: installed, upgraded, removed, purged', (t) =>
    withoutInit(t, root, first, second),
  );
  await t.test('under systemd: it survives, reloads and stops in order', (t) =>
    underSystemd(t, root, first, second),
  );
});

async function withoutInit(t: Test, root: CleanRoot, first: string, second: string): Promise<void> {
  const booted = await root.boot(t, ['sh', '-c', 'while :; do sleep 1000 & wait; done']);
  await booted.does(`dpkg --install ${first}`);
  t.match(
    await booted.does('ls /usr/lib/foster/build/bundle'),
    /foster\.cjs\.cache/,
    "a code cache of this machine's Node",
  );
  await booted.does(
    'test -e /usr/share/man/man8/foster.8.gz && bash -n /usr/share/bash-completion/completions/foster',
  );
  await booted.does(
    'head -n 1 /usr/share/zsh/vendor-completions/_foster | grep -x "#compdef foster initctl" && cat /usr/share/fish/vendor_completions.d/initctl.fish',
  );
  await booted.does('ls /usr/share/doc/foster/docs/../examples/pod.yaml /usr/share/doc/foster/jobs/sshd.ini');
  await booted.does(NAP);
  await booted.does('service foster start');
  await booted.does('foster health --level ready --wait 30');
  const main = await mainOf(booted, 'nap');
  const before = await supervisorOf(booted);
  t.match(
    await booted.does('initctl status nap; status nap'),
    new RegExp(`^(nap start/running, process ${main}\\s*){2}$`),
  );

  await booted.does(`dpkg --install ${second}`);
  const after = await until('the new program', async () => {
    const now = await supervisorOf(booted);
    return now.since === before.since ? undefined : now;
  });
  t.equal(after.pid, before.pid, 'the supervisor has become the new program');
  t.equal(await mainOf(booted, 'nap'), main, 'and its job runs on');
  t.equal((await booted.run('service foster status')).status, 0);

  await booted.does('dpkg --remove foster');
  // both are children of the first program by now, which is a shell that takes its time to reap them
  await until('the end of the supervisor and its job', async () => {
    const { status } = await booted.run(`test ! -e /proc/${before.pid} -a ! -e /proc/${main}`);
    return status === 0;
  });
  await booted.does('test -e /etc/foster/nap.ini');
  await booted.does('dpkg --purge foster');
  const left = await booted.does(
    "find / -xdev -name '*foster*' -not -name 'foster*.deb' -not -path '/proc/*'",
  );
  t.equal(left, '/etc/foster', "nothing is left but the administrator's job files");
  await booted.end();
}

async function underSystemd(t: Test, root: CleanRoot, first: string, second: string): Promise<void> {
  const without = await root.boot(t, ['sh', '-c', 'while :; do sleep 1000 & wait; done']);
  await without.does(`dpkg --install ${first} && ${NAP}`);
  t.match(await without.run('systemd-analyze verify --man=no foster.service'), {
    status: 0,
    err: /^(?!.*foster\.service)/s,
  });
  await without.end();
  const booted = await root.boot(t, ['/usr/lib/systemd/systemd', '--unit=multi-user.target'], {
    container: 'other',
    // systemd of trixie takes the groups of version 1 only when it is told to
    SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE: '1',
    SYSTEMD_PROC_CMDLINE: 'systemd.unified_cgroup_hierarchy=0',
  });
  const isActive = () => booted.run('systemctl is-active foster').then(({ status }) => status === 0);
  await until('foster.service', isActive);
  await booted.does('foster health --level ready --wait 30');
  const main = await mainOf(booted, 'nap');
  t.match(await booted.does('systemctl show --property=StatusText foster'), /1 job up after/);

  const before = await supervisorOf(booted);
  await booted.does(`kill -KILL ${before.pid}`);
  const next = await until('a new foster', async () => {
    const { status, out } = await booted.run('foster version --json');
    const { supervisor } = JSON.parse(out) as { supervisor: { pid: number } | null };
    return status === 0 && supervisor !== null && supervisor.pid !== before.pid && supervisor;
  });
  t.equal(await mainOf(booted, 'nap'), main, 'a crash costs no job');

  await booted.does(`dpkg --install ${second}`);
  t.equal((await supervisorOf(booted)).pid, next.pid, 'an upgrade is no restart');
  t.equal(await mainOf(booted, 'nap'), main);
  await booted.does(
    "printf 'exec = sleep 1000\\n' >/etc/foster/other.ini && systemctl reload foster && foster start other",
  );

  await booted.does('systemctl stop foster');
  t.equal((await booted.run(`test -e /proc/${main}`)).status, 1, 'a stop ends the jobs');
  t.match(await booted.does('systemctl show --property=Result foster'), /success/);
  await booted.does('dpkg --purge foster');
  await booted.end();
}

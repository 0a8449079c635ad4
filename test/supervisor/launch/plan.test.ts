import { test } from 'tap';
import { planOf, type Needs } from '../../../src/supervisor/launch/plan.js';

const TOOLS = {
  setpriv: '/usr/bin/setpriv',
  chroot: '/usr/sbin/chroot',
  gnuChroot: '/usr/sbin/chroot',
  env: '/usr/bin/env',
};
const NOBODY = { uid: 65534, gid: 65534, groups: [65534, 7] };

function needs(changes: Partial<Needs> = {}): Needs {
  return {
    argv: ['nginx', '-g'],
    program: '/usr/sbin/nginx',
    env: ['PATH=/bin'],
    root: '/',
    directory: '/srv',
    umask: 0o022,
    identity: undefined,
    apparmorProfile: undefined,
    settings: { limits: [], nice: undefined, oomScoreAdj: undefined },
    openFiles: undefined,
    descriptors: [],
    heldBack: false,
    ownPid: [],
    ...changes,
  };
}

test('what posix_spawn can do needs nothing in between', (t) => {
  t.same(planOf(needs(), {}), {
    path: '/usr/sbin/nginx',
    argv: ['nginx', '-g'],
    directory: '/srv',
    umask: 0o022,
  });
  t.end();
});

test('another identity comes by setpriv, or by chroot of coreutils, without a shell', (t) => {
  const plan = planOf(needs({ identity: NOBODY }), TOOLS);
  t.equal(plan.path, '/usr/bin/setpriv');
  t.same(plan.argv, ['setpriv', '--reuid=65534', '--regid=65534', '--groups=65534,7', '--', 'nginx', '-g']);
  t.equal(plan.gate, undefined);
  const other = planOf(needs({ identity: NOBODY }), { gnuChroot: '/usr/sbin/chroot' });
  t.same(other.argv, [
    'chroot',
    '--userspec=+65534:+65534',
    '--groups=+65534,+7',
    '--skip-chdir',
    '/',
    'nginx',
    '-g',
  ]);
  t.equal(other.directory, '/srv');
  t.end();
});

test('a process that is to know its own pid becomes its program by way of a shell, and needs no gate for that', (t) => {
  const plan = planOf(needs({ ownPid: ['LISTEN_PID'] }), TOOLS);
  t.equal(plan.path, '/bin/sh');
  t.match(plan.argv[2], /^LISTEN_PID=\$\$; export LISTEN_PID; .*exec "\$@"$/);
  t.equal(plan.gate, undefined);
  const gated = planOf(needs({ ownPid: ['LISTEN_PID'], heldBack: true }), TOOLS);
  t.match(gated.argv[2], /^kill -STOP \$\$; LISTEN_PID=\$\$; /);
  t.end();
});

test('another root takes the identity along; the directory inside is for a shell inside', (t) => {
  const plan = planOf(needs({ root: '/jail', identity: NOBODY }), TOOLS);
  t.same(plan.argv.slice(0, 4), ['chroot', '--userspec=+65534:+65534', '--groups=+65534,+7', '/jail']);
  t.same(plan.argv.slice(4), ['/bin/sh', '-c', 'cd -- "$0" && exec "$@"', '/srv', 'nginx', '-g']);
  t.equal(plan.directory, '/');
  t.same(planOf(needs({ root: '/jail', directory: '/' }), TOOLS).argv, ['chroot', '/jail', 'nginx', '-g']);
  t.end();
});

test('limits, niceness, oom score and whoever else must act from outside need a gate', (t) => {
  const limit = { resource: 'nofile', soft: 1, hard: 2 };
  const none = needs().settings;
  for (const change of [
    { settings: { ...none, limits: [limit] } },
    { settings: { ...none, nice: 0 } },
    { settings: { ...none, oomScoreAdj: 0 } },
    { heldBack: true },
  ]) {
    const plan = planOf(needs(change), TOOLS);
    t.equal(plan.path, '/bin/sh');
    t.same(plan.gate, change.settings ?? none);
    t.match(plan.argv[2], /^kill -STOP \$\$; .*exec "\$@"$/);
    t.same(plan.argv.slice(4), ['nginx', '-g'], 'the program keeps the name by which it was called');
  }
  t.end();
});

test("at the gate the identity is still root's", (t) => {
  const plan = planOf(needs({ identity: NOBODY, heldBack: true }), TOOLS);
  t.same(plan.argv.slice(4, 6), ['/usr/bin/setpriv', '--reuid=65534']);
  t.end();
});

test('an AppArmor profile is switched right before the program', (t) => {
  const plan = planOf(needs({ apparmorProfile: 'nginx' }), TOOLS);
  t.same(plan.argv, ['setpriv', '--apparmor-profile=nginx', '--', 'nginx', '-g']);
  t.throws(() => planOf(needs({ apparmorProfile: 'nginx', root: '/jail' }), TOOLS), /AppArmor/);
  t.end();
});

test('where the tools are missing foster itself becomes the program', (t) => {
  const self = { node: '/usr/bin/node', become: '/lib/become.js' };
  const task = (plan: { argv: readonly string[] }): unknown => JSON.parse(plan.argv[2]!);
  const common = { program: '/usr/sbin/nginx', directory: '/srv', descriptors: [9], identity: NOBODY };
  const plan = planOf(needs({ identity: NOBODY, descriptors: [9] }), { chroot: '/bin/chroot', self });
  t.equal(plan.path, '/usr/bin/node');
  t.same(plan.argv.slice(0, 2), ['node', '/lib/become.js']);
  t.same(task(plan), { ...common, root: '/' });
  t.same(plan.argv.slice(3), ['nginx', '-g']);
  const jailed = planOf(needs({ root: '/jail', identity: NOBODY, descriptors: [9] }), { self });
  t.same(task(jailed), { ...common, root: '/jail' });
  const simple = planOf(needs({ root: '/jail', directory: '/' }), { chroot: '/bin/chroot', self });
  t.equal(simple.path, '/bin/chroot', 'any chroot can do without identity');
  t.throws(() => planOf(needs({ identity: NOBODY }), {}), /install setpriv/);
  t.end();
});

import t from 'tap';
import { initOptions } from '../../src/cli/commands/init.js';
import { terminalOver } from '../../src/cli/terminal.js';
import { Invocation, type GivenOptions } from '../../src/cli/invocation.js';

function read(
  options: GivenOptions,
  words: readonly string[] = [],
  env: Record<string, string> = {},
  uid = 0,
) {
  const terminal = terminalOver(
    { stdout: () => undefined, stderr: () => undefined },
    { env, uid, isTerminal: { stdout: false, stderr: false }, escaping: 'always' },
  );
  return initOptions(new Invocation(terminal, words, options), (directories) => directories[0]!);
}

t.test('as root, without options, it is the init of a container', (t) => {
  t.same(read({}), {
    mode: 'container',
    confdirs: ['/etc/foster', '/etc/init'],
    isConfdirNamed: false,
    logdir: '/var/log/foster',
    logIndex: '/var/lib/foster/log-index',
    rundir: '/run/foster',
    statedir: '/var/lib/foster',
    socket: '/run/foster/foster.sock',
    startupEvent: 'startup',
    tracker: 'auto',
    stopBudget: 8,
    inheritEnv: false,
    logFormat: 'text',
    logPriority: 'message',
    defaultConsole: 'log',
  });
  t.end();
});

t.test('a user’s session has the user’s directories and environment', (t) => {
  const env = { HOME: '/home/u', XDG_RUNTIME_DIR: '/run/user/1000', XDG_CONFIG_DIRS: '/etc/xdg' };
  t.match(read({ user: true }, [], env, 1000), {
    mode: 'user',
    confdirs: [
      '/home/u/.config/foster',
      '/home/u/.config/upstart',
      '/home/u/.init',
      '/etc/xdg/upstart',
      '/usr/share/upstart/sessions',
    ],
    logdir: '/home/u/.local/state/foster',
    logIndex: '/home/u/.local/state/foster-log-index',
    rundir: '/run/user/1000/foster',
    inheritEnv: true,
  });
  t.end();
});

t.test('Upstart’s variables for directories are honoured', (t) => {
  t.match(read({}, [], { UPSTART_CONFDIR: '/c', UPSTART_LOGDIR: '/l' }), {
    confdirs: ['/c'],
    isConfdirNamed: true,
    logdir: '/l',
  });
  t.end();
});

t.test('logs of an Upstart machine’s jobs are where Upstart’s are', (t) => {
  t.equal(read({ confdir: ['/etc/init'] }).logdir, '/var/log/upstart');
  t.equal(read({ confdir: ['/etc/init/'], logdir: '/l' }).logdir, '/l');
  t.equal(read({ confdir: ['/etc/foster', '/etc/init'] }).logdir, '/var/log/foster');
  t.equal(read({}).logdir, '/var/log/foster', 'both directories');
  t.equal(
    read({ confdir: ['/etc/init'], user: true }, [], { HOME: '/h' }, 1000).logdir,
    '/h/.local/state/foster',
  );
  t.end();
});

t.test('rules are files, and absent unless they are named', (t) => {
  t.notOk('rules' in read({}));
  t.same(read({ rules: ['/etc/cgrules.conf', '/etc/cgrules.d'] }).rules, [
    '/etc/cgrules.conf',
    '/etc/cgrules.d',
  ]);
  t.end();
});

t.test('times of log lines are where the logs outlive a reboot, unless the run directory was chosen', (t) => {
  t.equal(read({ rundir: '/r' }).logIndex, '/r/log-index');
  t.equal(read({ rundir: '/r', 'log-index': '/i' }).logIndex, '/i');
  t.equal(read({}, [], { XDG_STATE_HOME: '/s' }, 1000).logIndex, '/s/foster-log-index');
  t.end();
});

t.test('what outlives a reboot is below /var/lib, or of the user, unless a directory was chosen', (t) => {
  t.equal(read({ rundir: '/r' }).statedir, '/r/state');
  t.equal(read({ rundir: '/r', statedir: '/d' }).statedir, '/d');
  t.equal(read({}, [], { XDG_STATE_HOME: '/s' }, 1000).statedir, '/s/foster-state');
  t.end();
});

t.test('options say it exactly', (t) => {
  const options = {
    confdir: ['/a', '/b'],
    logdir: '/l',
    rundir: '/r',
    tracker: 'perf',
    'stop-budget': '2.5',
    'no-startup-event': true,
    'log-format': 'json',
    'log-priority': 'debug',
    'no-log': true,
  } as const;
  t.match(read(options), {
    confdirs: ['/a', '/b'],
    isConfdirNamed: true,
    logdir: '/l',
    rundir: '/r',
    socket: '/r/foster.sock',
    tracker: 'perf',
    stopBudget: 2.5,
    startupEvent: undefined,
    logFormat: 'json',
    logPriority: 'debug',
    defaultConsole: 'none',
  });
  t.equal(read({ rundir: '/r' }, [], { FOSTER_SOCKET: '/s' }).socket, '/s');
  t.equal(read({ socket: '/x/s' }, [], { FOSTER_SOCKET: '/s' }).socket, '/x/s');
  t.end();
});

t.test('a command behind -- is the essential job', (t) => {
  t.match(read({}, ['nginx', '-g', 'daemon off;']), {
    mode: 'command',
    command: ['nginx', '-g', 'daemon off;'],
  });
  t.end();
});

t.test('what contradicts itself is refused', (t) => {
  t.throws(() => read({ user: true, machine: true }), { message: /exclude each other/, status: 2 });
  t.throws(() => read({ user: true }, ['sh']), { message: /exclude each other/ });
  t.throws(() => read({ 'no-startup-event': true, 'startup-event': 'x' }), { message: /exclude each other/ });
  t.throws(() => read({ 'stop-budget': 'long' }), { message: '--stop-budget long: expected seconds' });
  t.throws(() => read({ tracker: 'magic' }), { message: /--tracker magic: expected auto, connector/ });
  t.end();
});

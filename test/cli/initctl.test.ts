import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ExpectedEvents } from '../../src/jobfile/expression/event-expression.js';
import type { JobClass } from '../../src/jobfile/job-class/job-class.js';
import { failure, jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve, shortDirectory, type Served } from '../control/serve.js';
import { conf } from '../supervisor/support/job-classes.js';
import { runInitctl as run } from './run-initctl.js';

const HINT = "Try `initctl --help' for more information.\n";

function event(name: string, ...operands: string[]): ExpectedEvents {
  const matches = operands.map((text) => {
    const [, key, negation, pattern] = /^(?:([^!=]+)(!?)=)?(.*)$/.exec(text)!;
    return {
      text,
      pattern: pattern!,
      ...(key ? { key } : {}),
      ...(negation ? { negated: true as const } : {}),
    };
  });
  return { kind: 'event', name, matches };
}
const and = (left: ExpectedEvents, right: ExpectedEvents): ExpectedEvents => ({ kind: 'and', left, right });
const or = (left: ExpectedEvents, right: ExpectedEvents): ExpectedEvents => ({ kind: 'or', left, right });

function offer(served: Served, ...classes: (Partial<JobClass> & { name: string })[]): void {
  served.api.classReports = classes.map((fields) => ({
    name: fields.name,
    path: `/etc/init/${fields.name}.conf`,
    errors: [],
    class: conf(fields),
  }));
}

t.test('prints the status line of a job after start, stop, restart and status', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('foo', 12)];
  for (const verb of ['start', 'stop', 'restart', 'status']) {
    t.same(
      await run(served, [verb, 'foo']),
      { status: 0, out: 'foo start/running, process 12\n', err: '' },
      verb,
    );
  }
  t.same(await run(served, ['reload', 'foo']), { status: 0, out: '', err: '' });
});

t.test('asks with the semantics of Upstart, and waits unless told not to', async (t) => {
  const served = await serve(t);
  await run(served, ['start', 'foo', 'A=1', 'B=2']);
  await run(served, ['restart', '--no-wait', 'foo']);
  await run(served, ['stop', '-n', 'foo']);
  t.same(served.api.commands, [
    { verb: 'start', name: 'foo', env: ['A=1', 'B=2'], wait: 'upstart', dialect: 'upstart', by: 1000 },
    { verb: 'restart', name: 'foo', env: [], wait: 'nothing', dialect: 'upstart', by: 1000 },
    { verb: 'stop', name: 'foo', env: [], wait: 'nothing', dialect: 'upstart', by: 1000 },
  ]);
});

t.test('lists jobs with the lines of their further processes', async (t) => {
  const served = await serve(t);
  served.api.statuses = [
    jobStatus('abs', { goal: 'start', state: 'running' }),
    jobStatus('bar'),
    runningJob('inst', 7, { instance: '1' }),
    jobStatus('foo', {
      goal: 'stop',
      state: 'pre-stop',
      processes: [
        { process: 'main', pid: 3 },
        { process: 'pre-stop', pid: 4 },
      ],
    }),
    jobStatus('late', { state: 'post-start', processes: [{ process: 'post-start', pid: 5 }] }),
    jobStatus('end', { state: 'post-stop', processes: [{ process: 'post-stop', pid: 6 }] }),
  ];
  t.equal(
    (await run(served, ['list'])).out,
    'abs start/running\nbar stop/waiting\ninst (1) start/running, process 7\n' +
      'foo stop/pre-stop, process 3\n\tpre-stop process 4\n' +
      'late stop/post-start, (post-start) process 5\nend stop/post-stop, process 6\n',
  );
});

t.test('says what the supervisor refuses, under the name of the program', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('foo')];
  const outcome = failure('already-running', 'Job is already running: foo');
  served.api.onCommand = () => ({ outcome, status: null, output: [] });
  t.same(await run(served, ['start', 'foo']), {
    status: 1,
    out: '',
    err: 'initctl: Job is already running: foo\n',
  });
  t.same(await run(served, ['-q', 'start', 'foo']), {
    status: 1,
    out: '',
    err: 'initctl: Job is already running: foo\n',
  });
  const linked = await run(served, ['nosuch'], {}, '/sbin/status');
  t.same(linked, { status: 1, out: '', err: 'status: Unknown job: nosuch\n' });
});

t.test('what the supervisor says of a missing instance parameter is shown as it is, once', async (t) => {
  const served = await serve(t);
  offer(served, { name: 'foo', usage: 'N=number' });
  const outcome = failure('unknown-parameter', 'Unknown parameter: N\nUsage: N=number');
  served.api.onCommand = () => ({ outcome, status: null, output: [] });
  t.equal((await run(served, ['start', 'foo'])).err, 'initctl: Unknown parameter: N\nUsage: N=number\n');
});

t.test('mistakes on the command line are Upstart’s words with a hint', async (t) => {
  const served = await serve(t);
  const cases: [string[], string][] = [
    [[], 'missing command'],
    [['bogus'], 'invalid command: bogus'],
    [['start', '--bogus', 'foo'], 'invalid option: --bogus'],
    [['--bogus', 'list'], 'invalid option: --bogus'],
    [['status', '-z', 'foo'], 'invalid option: -z'],
    [['stop', '-x'], 'invalid option: -x'],
    [['check-config', '--ignore-events'], 'missing argument: --ignore-events'],
    [['list', '--quiet=yes'], 'unexpected argument: --quiet=yes'],
    ...['start', 'stop', 'restart', 'reload', 'status', 'usage'].map((verb): [string[], string] => [
      [verb],
      'missing job name',
    ]),
    [['emit'], 'missing event name'],
    [['get-env'], 'missing variable name'],
  ];
  for (const [args, message] of cases) {
    t.same(
      await run(served, args),
      { status: 1, out: '', err: `initctl: ${message}\n${HINT}` },
      args.join(' '),
    );
  }
  t.equal(
    (await run(served, [], {}, 'start')).err,
    `start: missing job name\nTry \`start --help' for more information.\n`,
  );
});

t.test('an empty name is refused', async (t) => {
  const served = await serve(t);
  for (const args of [
    ['status', ''],
    ['emit', ''],
    ['check-config', ''],
    ['start', ''],
  ]) {
    t.same(await run(served, args), { status: 1, out: '', err: 'initctl: Name may not be empty string\n' });
  }
});

t.test('accepts the options that choose a bus, wherever they stand', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('foo')];
  for (const args of [
    ['--user', 'status', 'foo'],
    ['--session', '--dest', 'com.ubuntu.Upstart', 'status', 'foo'],
    ['status', 'foo', '--system', '--dest=x'],
  ]) {
    t.same(await run(served, args), { status: 0, out: 'foo stop/waiting\n', err: '' });
  }
});

t.test('quiet keeps the status line back', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('foo')];
  for (const args of [
    ['-q', 'status', 'foo'],
    ['status', '--quiet', 'foo'],
    ['list', '-q'],
  ]) {
    t.same(await run(served, args), { status: 0, out: '', err: '' });
  }
});

t.test('inside a job, a command without a name means that job and does not wait', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('foo', 12, { instance: 'a' })];
  const env = { UPSTART_JOB: 'foo', UPSTART_INSTANCE: 'a' };
  t.equal((await run(served, ['status'], env)).out, 'foo (a) start/running, process 12\n');
  await run(served, ['stop'], env);
  await run(served, ['start', 'bar'], env);
  t.same(served.api.commands, [
    { verb: 'stop', name: 'foo', env: [], instance: 'a', wait: 'nothing', dialect: 'upstart', by: 1000 },
    { verb: 'start', name: 'bar', env: [], wait: 'upstart', dialect: 'upstart', by: 1000 },
  ]);
});

t.test('emits events', async (t) => {
  const served = await serve(t);
  t.same(await run(served, ['emit', 'ev', 'A=b']), { status: 0, out: '', err: '' });
  await run(served, ['emit', '-n', 'ev']);
  t.same(served.api.calls, ['emit ev A=b', 'emit ev (no wait)']);
  t.equal((await run(served, ['emit', 'ev', 'A=b', 'C'])).err, 'initctl: Env must be KEY=VALUE pairs\n');
  served.api.onEmit = () => failure('event-failed', 'Event failed');
  t.same(await run(served, ['emit', 'ev']), { status: 1, out: '', err: 'initctl: Event failed\n' });
});

t.test('version names the Upstart that is meant, in the form that boot scripts look for', async (t) => {
  const served = await serve(t);
  t.same(await run(served, ['version']), { status: 0, out: 'init (upstart 1.13.2)\n', err: '' });
});

t.test('log-priority', async (t) => {
  const served = await serve(t);
  t.equal((await run(served, ['log-priority'])).out, 'message\n');
  t.same(await run(served, ['log-priority', 'info']), { status: 0, out: '', err: '' });
  t.equal(served.api.priority, 'info');
  t.same(await run(served, ['log-priority', 'bogus']), {
    status: 1,
    out: '',
    err: 'initctl: The log priority given was not recognised\n',
  });
});

t.test('what the supervisor is told without an answer', async (t) => {
  const served = await serve(t);
  for (const args of [
    ['reload-configuration'],
    ['notify-disk-writeable'],
    ['notify-dbus-address', 'unix:path=/x'],
    ['notify-cgroup-manager-address', 'unix:path=/x'],
  ]) {
    t.same(await run(served, args), { status: 0, out: '', err: '' }, args[0]!);
  }
  t.same(served.api.calls, ['reload', 'reopenLogs']);
});

t.test('the job environment', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('foo', 12)];
  t.equal((await run(served, ['get-env', 'PATH'])).out, '/usr/bin:/bin\n');
  t.equal((await run(served, ['get-env', 'NOSUCH'])).err, 'initctl: No such variable: NOSUCH\n');
  t.equal((await run(served, ['list-env'])).out, 'PATH=/usr/bin:/bin\nTERM=linux\n');
  await run(served, ['set-env', '-g', 'A=1']);
  await run(served, ['set-env', '--retain', 'B'], { UPSTART_JOB: 'foo' });
  await run(served, ['unset-env', 'A']);
  await run(served, ['reset-env']);
  t.same(served.api.calls, [
    'environment {"kind":"set","variable":"A=1","retain":false}',
    'environment {"kind":"set","variable":"B=","retain":true} of foo',
    'environment {"kind":"unset","name":"A"}',
    'environment {"kind":"reset"}',
  ]);
  served.api.environmentWritable = false;
  t.equal(
    (await run(served, ['reset-env', '-g'])).err,
    'initctl: Not permissible to modify PID 1 job environment\n',
  );
});

t.test('usage prints the text of the job, which may be empty', async (t) => {
  const served = await serve(t);
  offer(served, { name: 'foo', usage: 'second one' }, { name: 'bar' });
  t.equal((await run(served, ['usage', 'foo'])).out, 'Usage: second one\n');
  t.equal((await run(served, ['usage', 'bar'])).out, 'Usage: \n');
  t.equal((await run(served, ['usage', 'nosuch'])).err, 'initctl: Unknown job: nosuch\n');
});

t.test('show-config', async (t) => {
  const served = await serve(t);
  offer(
    served,
    {
      name: 'b',
      emits: ['e1', 'e2-*'],
      startOn: or(and(event('x'), event('y')), event('z', 'K=v')),
      stopOn: and(or(event('p'), event('q')), event('r', 'V!=w')),
    },
    {
      name: 'a',
      startOn: or(
        or(
          event('started', 'foo', 'X=1'),
          and(event('runlevel', '[2345]'), event('stopped', 'JOB=b', 'RESULT=ok')),
        ),
        event('starting', 'c'),
      ),
      stopOn: event('runlevel', '[!2345]'),
    },
    { name: 'c' },
  );
  t.equal(
    (await run(served, ['show-config', 'b'])).out,
    'b\n  emits e1\n  emits e2-*\n  start on ((x and y) or z K=v)\n  stop on ((p or q) and r V!=w)\n',
  );
  t.equal(
    (await run(served, ['show-config', '-e', 'a'])).out,
    'a\n  start on started (job: foo, env: X=1)\n  start on runlevel (job:, env: [2345])\n' +
      '  start on stopped (job: b, env: RESULT=ok)\n  start on starting (job: c, env:)\n' +
      '  stop on runlevel (job:, env: [!2345])\n',
  );
  t.match((await run(served, ['show-config'])).out, /^a\n[^]*\nb\n[^]*\nc\n$/, 'all, by name');
  t.equal((await run(served, ['show-config', 'nosuch'])).err, 'initctl: Unknown job: nosuch\n');
});

t.test('check-config', async (t) => {
  const served = await serve(t);
  offer(
    served,
    { name: 'a', startOn: event('nosuchevent') },
    { name: 'b', startOn: event('started', 'nosuchjob'), stopOn: event('stopping', 'a') },
    { name: 'cc', startOn: and(event('known-1'), event('startup')), stopOn: event('runlevel', '[06]') },
    { name: 'd', emits: ['known-*'] },
    { name: 'e', startOn: or(event('ev1'), event('ev2')) },
  );
  t.same(await run(served, ['check-config', 'cc']), {
    status: 1,
    out: 'cc\n  stop on: unknown event runlevel\n',
    err: '',
  });
  t.equal(
    (await run(served, ['check-config'])).out,
    'a\n  start on: unknown event nosuchevent\nb\n  start on: unknown job nosuchjob\n' +
      'cc\n  stop on: unknown event runlevel\ne\n  start on: unknown event ev1\n  start on: unknown event ev2\n',
  );
  t.same(await run(served, ['check-config', 'd']), { status: 0, out: '', err: '' });
  t.same(await run(served, ['check-config', '-i', 'ev1', 'e']), { status: 0, out: '', err: '' });
  t.same(await run(served, ['check-config', '-w', '-i', 'ev1', 'e']), {
    status: 1,
    out: 'e\n  start on: unknown event ev2\n',
    err: '',
  });
  t.equal((await run(served, ['check-config', 'nosuch'])).err, 'initctl: Invalid job class: nosuch\n');
});

t.test('list-sessions shows the sessions that live', async (t) => {
  const served = await serve(t);
  const runtime = shortDirectory(t);
  const sessions = join(runtime, 'upstart/sessions');
  t.match(await run(served, ['list-sessions'], { XDG_RUNTIME_DIR: runtime }), {
    status: 1,
    err: /Unable to query/,
  });
  mkdirSync(sessions, { recursive: true });
  writeFileSync(join(sessions, `${process.pid}.session`), 'UPSTART_SESSION=unix:path=/x\n');
  writeFileSync(join(sessions, '4194305.session'), 'UPSTART_SESSION=unix:path=/dead\n');
  t.equal(
    (await run(served, ['list-sessions'], { XDG_RUNTIME_DIR: runtime })).out,
    `${process.pid} unix:path=/x\n`,
  );
});

t.test('without a supervisor every command says where it looked', async (t) => {
  const served = await serve(t);
  served.server.close();
  const { status, err } = await run(served, ['list']);
  t.equal(status, 1);
  t.equal(err.startsWith(`initctl: no supervisor listens at ${served.path}`), true);
});

t.test('help describes the program and each command', async (t) => {
  const served = await serve(t);
  t.match(
    (await run(served, ['--help'])).out,
    /^Usage: initctl \[OPTION\]\.\.\. COMMAND[^]*  check-config  /,
  );
  t.match(
    (await run(served, ['start', '--help'])).out,
    /^Usage: initctl start \[OPTION\]\.\.\. JOB[^]*-n, --no-wait/,
  );
  t.match((await run(served, ['--help'], {}, 'stop')).out, /^Usage: stop \[OPTION\]/);
});

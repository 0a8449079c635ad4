import t from 'tap';
import type { FeedEntry } from '../../src/supervisor/api/feed.js';
import { failure, jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve } from '../control/serve.js';
import { conf } from '../supervisor/support/job-classes.js';
import { runFoster as run } from './run-foster.js';

t.test('status prints Upstart’s line, then what helps to understand it', async (t) => {
  const served = await serve(t);
  served.api.statuses = [
    runningJob('sshd', 12, {
      launcher: 11,
      members: [13, 14],
      detached: [20],
      respawns: 2,
      exit: { signal: 'KILL', at: '2026-01-02T03:04:05.678Z' },
      description: 'OpenSSH',
    }),
    jobStatus('slow', {
      goal: 'start',
      state: 'pre-start',
      waitingFor: 'pre-start process (8) to end, at most 60 s',
    }),
    jobStatus('bad', { failure: 'main process (9) terminated with status 1', ambiguous: [3, 4] }),
  ];
  const sshd = await run(served, ['status', 'sshd']);
  t.match(sshd.out, /^sshd start\/running, process 12\n {4}about +OpenSSH\n {4}since +2026-01-02 .* ago\)\n/);
  for (const row of [/main +12\n/, /launcher +11\n/, /members +13 14\n/, /detached +20\n/, /respawns +2\n/]) {
    t.match(sshd.out, row);
  }
  t.match(sshd.out, /last exit +signal KILL, 2026-/);
  t.match(sshd.out, /tracker +procfs\n$/);
  t.match(
    (await run(served, ['status', 'slow'])).out,
    /waiting for +pre-start process \(8\) to end, at most 60 s\n/,
  );
  const bad = (await run(served, ['status', 'bad'])).out;
  t.match(bad, /failed +main process \(9\) terminated with status 1\n/);
  t.match(bad, /ambiguous +main is a guess among 3 4\n/);
});

t.test('the exit status of status is the LSB’s', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('web-1', 12), jobStatus('web-2')];
  t.equal((await run(served, ['status', 'web-1'])).status, 0);
  t.equal((await run(served, ['status', 'web-2'])).status, 3);
  t.equal((await run(served, ['status', 'web-*'])).status, 3, 'of several, one does not run');
  t.match(await run(served, ['status', 'nosuch']), {
    status: 4,
    out: '',
    err: 'foster: Unknown job: nosuch (none in /etc/foster)\n',
  });
  t.equal((await run(served, ['status', 'web-1', 'nosuch'])).status, 4);
  served.server.close();
  t.match(await run(served, ['status', 'web-1']), { status: 4, err: /no supervisor listens at/ });
});

t.test('with --json a status that could be answered is 0', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('web-1'), jobStatus('web-2')];
  const one = await run(served, ['status', 'web-1', '--json']);
  t.equal(one.status, 0);
  t.same(JSON.parse(one.out), served.api.statuses[0], 'one name: one object');
  t.same(JSON.parse((await run(served, ['status', 'web-*', '--json'])).out), served.api.statuses);
  t.same(JSON.parse((await run(served, ['status', '--json'])).out), served.api.statuses);
  const unknown = await run(served, ['status', 'nosuch', '--json']);
  t.equal(unknown.status, 4);
  t.same(JSON.parse(unknown.out), {
    error: 'unknown-job',
    message: 'Unknown job: nosuch (none in /etc/foster)',
  });
});

t.test('a job whose file is broken is no unknown one, and the message says where the error is', async (t) => {
  const served = await serve(t);
  const errors = [{ line: 2, message: 'Unknown stanza: respwan (did you mean respawn?)' }];
  served.api.classReports = [{ name: 'foo', path: '/etc/init/foo.conf', errors }];
  const outcome = failure('unknown-job', 'Unknown job: foo');
  served.api.onCommand = () => ({ outcome, status: null, output: [] });
  const reason = `foster: foo: its job file is broken: /etc/init/foo.conf:2: ${errors[0]!.message}\n`;
  t.same(await run(served, ['start', 'foo']), { status: 1, out: '', err: reason });
  t.match(await run(served, ['status', 'foo']), { status: 4, err: reason });
});

t.test('start, stop and restart print the status line and what is known beyond it', async (t) => {
  const served = await serve(t);
  const status = runningJob('sshd', 12);
  const detail = 'main process (12) has settled';
  served.api.onCommand = () => ({ outcome: { ok: true, job: undefined, detail }, status, output: [] });
  t.same(await run(served, ['start', 'sshd', 'A=1', '--timeout', '1.5']), {
    status: 0,
    out: `sshd start/running, process 12\n    ${detail}\n`,
    err: '',
  });
  await run(served, ['restart', '--no-wait', '--reload', 'sshd', '--instance', 'x']);
  t.same(served.api.commands, [
    {
      verb: 'start',
      name: 'sshd',
      env: ['A=1'],
      wait: 'settled',
      dialect: 'foster',
      by: 1000,
      timeout: 1500,
    },
    {
      verb: 'restart',
      name: 'sshd',
      env: [],
      instance: 'x',
      wait: 'nothing',
      dialect: 'foster',
      by: 1000,
      fresh: true,
    },
  ]);
});

t.test('a failed start says which process failed, how, and what it wrote', async (t) => {
  const served = await serve(t);
  const outcome = {
    ...failure('job-failed', 'Job failed to start'),
    detail: 'main process (812) terminated with status 1',
  };
  const answer = { outcome, status: jobStatus('sshd'), output: ['sshd: no hostkeys available -- exiting.'] };
  served.api.onCommand = () => answer;
  t.same(await run(served, ['start', 'sshd']), {
    status: 1,
    out: '',
    err:
      'foster: sshd: Job failed to start: main process (812) terminated with status 1\n' +
      '    | sshd: no hostkeys available -- exiting.\n',
  });
  const json = await run(served, ['start', 'sshd', '--json']);
  t.equal(json.status, 1);
  t.same(JSON.parse(json.out), { error: 'job-failed', message: 'Job failed to start', answer });
});

t.test('starting what runs and stopping what is stopped are no mistakes', async (t) => {
  const served = await serve(t);
  const refuse = (
    error: Parameters<typeof failure>[0],
    status = null as ReturnType<typeof jobStatus> | null,
  ) => {
    served.api.onCommand = () => ({ outcome: failure(error, 'no'), status, output: [] });
  };
  refuse('already-running', runningJob('sshd', 12));
  t.same(await run(served, ['start', 'sshd']), {
    status: 0,
    out: 'sshd start/running, process 12\n',
    err: '',
  });
  refuse('already-stopped');
  t.same(await run(served, ['stop', 'sshd']), { status: 0, out: 'sshd stop/waiting\n', err: '' });
  refuse('unknown-instance');
  t.match(await run(served, ['stop', 'sshd', 'N=1']), { status: 5, err: 'foster: sshd: no\n' });
  t.match(await run(served, ['reload', 'sshd']), {
    status: 7,
    err: 'foster: Job is not running: sshd\n',
  });
});

t.test('JSON agrees with the exit status: what is so already is a success', async (t) => {
  const served = await serve(t);
  const status = runningJob('sshd', 12);
  const outcome = failure('already-running', 'Job is already running: sshd');
  served.api.onCommand = () => ({ outcome, status, output: [] });
  const started = await run(served, ['start', 'sshd', '--json']);
  t.equal(started.status, 0);
  t.same(JSON.parse(started.out), {
    outcome: { ok: true, detail: 'Job is already running: sshd' },
    status,
    output: [],
  });
});

t.test('several names are all tried, and the worst counts', async (t) => {
  const served = await serve(t);
  served.api.onCommand = ({ name }) =>
    name === 'b'
      ? { outcome: failure('job-failed', 'Job failed to start'), status: null, output: [] }
      : { outcome: { ok: true, job: undefined }, status: runningJob(name, 12), output: [] };
  t.same(await run(served, ['start', 'a', 'b', 'c']), {
    status: 1,
    out: 'a start/running, process 12\nc start/running, process 12\n',
    err: 'foster: b: Job failed to start\n',
  });
});

t.test('a pattern means the jobs that fit, and stop only those that are up', async (t) => {
  const served = await serve(t);
  served.api.statuses = [
    runningJob('w', 3, { instance: 'a' }),
    runningJob('web', 4),
    jobStatus('worn'),
    jobStatus('x'),
  ];
  await run(served, ['stop', 'w*']);
  t.same(
    served.api.commands.map(({ name, instance }) => [name, instance]),
    [
      ['w', 'a'],
      ['web', undefined],
    ],
  );
  t.match(await run(served, ['stop', 'q*']), { status: 5, err: /^foster: Unknown job: q\*/ });
});

t.test('tree draws the processes with their roles', async (t) => {
  const served = await serve(t);
  const status = runningJob('web', 4);
  served.api.statuses = [status];
  const leaf = (pid: number, role: 'member' | 'detached') => ({
    pid,
    role,
    command: `w ${pid}`,
    session: 4,
    children: [],
  });
  served.api.trees = [
    {
      status,
      roots: [
        {
          pid: 4,
          role: 'main',
          command: 'nginx',
          session: 4,
          children: [leaf(5, 'member'), leaf(6, 'member')],
        },
        leaf(9, 'detached'),
      ],
    },
  ];
  t.equal(
    (await run(served, ['tree', 'web'])).out,
    'web start/running, process 4\n    ├─ 4 main  nginx\n    │  ├─ 5 member  w 5\n    │  └─ 6 member  w 6\n' +
      '    └─ 9 detached  w 9\n',
  );
  t.same(JSON.parse((await run(served, ['tree', '--json'])).out), served.api.trees);
});

t.test('events are printed as they come', async (t) => {
  const served = await serve(t);
  const at = '2026-01-02T03:04:05.678Z';
  const entries: FeedEntry[] = [
    { at, type: 'event', name: 'started', env: ['JOB=web'] },
    { at, type: 'state', job: 'web', instance: '', from: 'spawned', to: 'post-start', goal: 'start' },
    {
      at,
      type: 'verdict',
      job: 'web',
      instance: 'a',
      verdict: 'hand-off',
      pid: 5,
      reason: 'the launcher ended',
    },
    { at, type: 'process', job: 'web', event: { type: 'fork', time: 1, parent: 1, child: 2 } },
    { at, type: 'log', level: 'info', text: 'hello' },
    { at, type: 'missed', count: 3 },
  ];
  served.api.onSubscribe = () => {
    for (const entry of entries) served.api.publish(entry);
    setImmediate(() => {
      served.server.close();
    });
  };
  const { out, err } = await run(served, ['events', '--all-processes']);
  t.equal(err, '');
  t.same(
    out.split('\n').map((line) => line.replace(/^\d\d:\d\d:05\.678 /, '')),
    [
      'event: name=started env=JOB=web',
      'state: from=spawned to=post-start goal=start job=web',
      'hand-off: pid=5 job=web instance=a reason=the launcher ended',
      'fork: ppid=1 pid=2 job=web',
      'log: level=info text=hello',
      'missed: count=3',
      '',
    ],
  );
});

t.test('events --pending says what waits for what', async (t) => {
  const served = await serve(t);
  served.api.waiting = [{ what: 'event starting JOB=web', waitsFor: ['job hook to finish'] }];
  t.equal(
    (await run(served, ['events', '--pending'])).out,
    'event starting JOB=web\n    waits for job hook to finish\n',
  );
});

t.test('emit waits for the event, at most as long as it may', async (t) => {
  const served = await serve(t);
  t.same(await run(served, ['emit', 'ev', 'A=1']), { status: 0, out: '', err: '' });
  served.api.emit = () => new Promise(() => undefined);
  t.match(await run(served, ['emit', 'ev', '--timeout', '0.05']), {
    status: 1,
    err: /ev: not finished within 0.05 s/,
  });
});

t.test('runlevel changes the runlevel, and shows it as runlevel(8) does', async (t) => {
  const served = await serve(t);
  t.match(await run(served, ['runlevel']), { status: 0, out: 'N N\n' });
  await run(served, ['runlevel', '3']);
  t.match(await run(served, ['runlevel', 's']), { status: 0, out: '' });
  t.match(await run(served, ['runlevel']), { status: 0, out: '3 S\n' });
  t.same(JSON.parse((await run(served, ['runlevel', '--json'])).out), { previous: '3', current: 'S' });
  t.match(await run(served, ['runlevel', '9']), { status: 2, err: /expected 0 to 6, or S/ });
});

t.test('enable and disable say which override says so, and take several names and patterns', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('web-1'), jobStatus('web-2')];
  t.match(await run(served, ['disable', 'web-1']), {
    status: 0,
    out: 'web-1 is disabled (/etc/foster/web-1.override)\n',
  });
  t.match(await run(served, ['enable', 'web-*']), { status: 0, out: 'web-1 is enabled\nweb-2 is enabled\n' });
  t.match(await run(served, ['enable', 'web-1', 'nosuch']), {
    status: 5,
    err: 'foster: Unknown job: nosuch (none in /etc/foster)\n',
  });
  t.match(await run(served, ['enable']), { status: 2 });
});

t.test('health is 0 or 1', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('bad', { failure: 'main process (9) terminated with status 1' })];
  t.same(await run(served, ['health']), { status: 0, out: 'live\n', err: '' });
  t.same(await run(served, ['health', '--level', 'ready']), {
    status: 1,
    out: 'not ready\n    bad: main process (9) terminated with status 1\n',
    err: '',
  });
  served.server.close();
  t.equal((await run(served, ['health'])).status, 1);
});

t.test('health --wait asks until a supervisor is there and all is ready', async (t) => {
  const served = await serve(t);
  let times = 0;
  const failing = jobStatus('slow', { failure: 'main process (9) terminated with status 1' });
  served.api.jobs = () => (++times < 3 ? [failing] : []);
  const asked = run(served, ['health', '--level', 'ready', '--wait', '600']);
  t.same(await asked, { status: 0, out: 'ready\n', err: '' });
  t.match(await run({ path: `${served.path}.not` }, ['health', '--wait', '0.2']), {
    status: 1,
    err: /no such socket/,
  });
});

t.test('show-config, notices and version', async (t) => {
  const served = await serve(t);
  const job = conf({ name: 'a', emits: ['e'] });
  served.api.classReports = [
    { name: 'a', path: '/etc/init/a.conf', class: job, errors: [] },
    { name: 'b', path: '/etc/init/b.conf', errors: [{ line: 1, message: 'Unknown stanza' }] },
  ];
  t.same(await run(served, ['show-config', 'a']), { status: 0, out: 'a\n  emits e\n', err: '' });
  t.match(await run(served, ['show-config']), {
    status: 1,
    err: 'foster: /etc/init/b.conf:1: Unknown stanza\n',
  });
  for (const command of ['reload-configuration', 'reexec']) await run(served, [command]);
  await run(served, ['shutdown', '--no-wait']);
  t.same(served.api.calls, ['reload', 'reexec', 'shutdown']);
  t.match(
    (await run(served, ['version'])).out,
    /^foster \d+\.\d+\.\d+\nsupervisor 0\.1\.0, process 77, since 2026/,
  );
  t.match((await run(served, ['--version'])).out, /^foster \d+\.\d+\.\d+\n$/);
  served.server.close();
  t.match(await run(served, ['version']), { status: 150, out: /^foster \d/, err: /no supervisor listens/ });
});

t.test('what is refused for want of privilege is 4', async (t) => {
  const served = await serve(t);
  served.pretend.uid = 4711;
  t.match(await run(served, ['shutdown']), {
    status: 4,
    err: 'foster: Permission denied: user 4711 may not shut down\n',
  });
});

t.test('a wrong command line is explained', async (t) => {
  const served = await serve(t);
  const cases: [string[], RegExp][] = [
    [['lst'], /^foster: unknown command 'lst' \(Did you mean list\?\)\n$/],
    [['status', '--jsn'], /^foster: unknown option '--jsn' \(Did you mean --json\?\)\n$/],
    [['start'], /^foster: missing required argument 'job': 'foster start --help' says how it is used\n$/],
    [
      ['start', '--zzz', 'x'],
      /^foster: unknown option '--zzz': 'foster start --help' says how it is used\n$/,
    ],
    [['xyzzy'], /^foster: unknown command 'xyzzy': 'foster --help' lists the commands\n$/],
    [['start', 'A=1'], /^foster: start: missing the name of a job\n$/],
    [
      ['events', '--type', 'foo'],
      /^foster: option '--type <TYPE>' argument 'foo' is invalid\. Allowed choices are event, /,
    ],
    [['start', 'a', '--timeout', 'soon'], /^foster: --timeout soon: expected seconds\n$/],
    [['completion', 'tcsh'], /^foster: completion tcsh: expected bash, zsh, fish\n$/],
  ];
  for (const [args, message] of cases) {
    const { status, out, err } = await run(served, args);
    t.match(err, message, args.join(' '));
    t.same({ status, out }, { status: 2, out: '' });
  }
  t.match(await run(served, ['--help']), { status: 0, out: /^Usage: foster [^]*\n {2}status / });
  t.match(await run(served, ['log', '--help']), { status: 0, out: /-f, --follow/ });
});

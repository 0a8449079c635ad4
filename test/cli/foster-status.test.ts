import t from 'tap';
import { failure, jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve } from '../control/serve.js';
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

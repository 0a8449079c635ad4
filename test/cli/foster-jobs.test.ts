import t from 'tap';
import { failure, jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve } from '../control/serve.js';
import { runFoster as run } from './run-foster.js';

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

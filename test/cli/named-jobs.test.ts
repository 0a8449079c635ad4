import t from 'tap';
import { splitWords } from '../../src/cli/named-jobs.js';
import { failure, jobStatus, runningJob } from '../control/fake-supervisor.js';
import { serve } from '../control/serve.js';
import { runFoster as run } from './run-foster.js';

async function served(t: Parameters<typeof serve>[0]) {
  const supervisor = await serve(t);
  supervisor.api.statuses = [
    runningJob('postgres', 12, { instance: '15/main' }),
    runningJob('postgres', 13, { instance: '16/main' }),
    runningJob('worker', 14, { instance: 'N=1' }),
    runningJob('web', 15),
    jobStatus('net/dhcp'),
    jobStatus('odd[1]'),
  ];
  const paths = ['postgres', 'web', 'net/dhcp'];
  supervisor.api.classReports = paths.map((name) => ({ name, path: `/etc/foster/${name}.ini`, errors: [] }));
  return supervisor;
}

t.test('what is printed can be typed', async (t) => {
  const supervisor = await served(t);
  for (const words of [['postgres (15/main)'], ['postgres', '(15/main)']]) {
    t.equal((await run(supervisor, ['stop', ...words])).status, 0);
    t.match(supervisor.api.commands.pop(), { name: 'postgres', instance: '15/main', env: [] });
  }
  await run(supervisor, ['stop', 'worker (N=1)']);
  t.match(supervisor.api.commands.pop(), { name: 'worker', instance: 'N=1' });
  await run(supervisor, ['stop', 'odd[1]']);
  t.match(supervisor.api.commands.pop(), { name: 'odd[1]' });
  t.match(
    (await run(supervisor, ['status', 'postgres (16/main)'])).out,
    /^postgres \(16\/main\) start\/running/,
  );
});

t.test('the name of a file, or its path, means the job', async (t) => {
  const supervisor = await served(t);
  for (const [word, name] of [
    ['web.ini', 'web'],
    ['web.conf', 'web'],
    ['/etc/foster/web.ini', 'web'],
    ['./somewhere/web.ini', 'web'],
    ['net/dhcp.ini', 'net/dhcp'],
    ['/etc/foster/net/dhcp.ini', 'net/dhcp'],
  ] as const) {
    await run(supervisor, ['start', word]);
    t.match(supervisor.api.commands.pop(), { name }, word);
  }
});

t.test('a pattern means names and titles', async (t) => {
  const supervisor = await served(t);
  await run(supervisor, ['stop', 'postgres (1*']);
  t.same(
    supervisor.api.commands.map(({ instance }) => instance),
    ['15/main', '16/main'],
  );
});

t.test('an unknown job: where it was looked for, and what was probably meant', async (t) => {
  const supervisor = await served(t);
  supervisor.api.onCommand = ({ name }) => ({
    outcome: failure('unknown-job', `Unknown job: ${name}`),
    status: null,
    output: [],
  });
  const { status, err } = await run(supervisor, ['start', 'wbe']);
  t.equal(status, 5);
  t.equal(err, 'foster: Unknown job: wbe (none in /etc/foster; did you mean web?)\n');
});

t.test('a class with instances: how one is named, and which there are', async (t) => {
  const supervisor = await served(t);
  supervisor.api.onCommand = () => ({
    outcome: failure('unknown-parameter', 'Unknown parameter: VERSION'),
    status: null,
    output: [],
  });
  const { err } = await run(supervisor, ['stop', 'postgres']);
  t.match(err, /Unknown parameter: VERSION\n/);
  t.match(err, /instances that are there: postgres \(15\/main\), postgres \(16\/main\)\n$/);
});

t.test('variables are told from names', (t) => {
  t.same(splitWords(['a', 'N=1', 'b (x=y)', 'c', '(d)']), { names: ['a', 'b (x=y)', 'c (d)'], env: ['N=1'] });
  t.end();
});

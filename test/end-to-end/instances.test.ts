/** `instances N` and `foster scale`, through the real command line. */
import type { JobStatus } from '../../src/supervisor/api/job-status.js';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { Supervisor } from '../helpers/supervisor.js';

const web = (count: string): string =>
  `instances = ${count}\nexec = sh -c "echo copy $INSTANCE; exec sleep 1000"\nready log = copy\n`;

/** `1 running`, for each line of the list. */
async function shown(supervisor: Supervisor): Promise<readonly string[]> {
  const { out } = await supervisor.cli('list', '--json');
  return (JSON.parse(out) as (JobStatus & { condition: string })[]).map(
    ({ instance, condition }) => `${instance} ${condition}`,
  );
}

async function mains(supervisor: Supervisor): Promise<readonly (number | null)[]> {
  return (await supervisor.client.request<readonly JobStatus[]>('/v1/jobs')).map(({ main }) => main);
}

t.test('start, status, stop and restart mean all copies, and each has its number', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': web('3') });
  t.match(await supervisor.cli('start', 'web'), {
    status: 0,
    out: /^web \(1\) start\/running, process \d+\nweb \(2\) start\/running.*\nweb \(3\) start\/running.*\n$/,
  });
  for (const number of [1, 2, 3])
    t.match(readFileSync(join(supervisor.logdir, `web-${number}.log`), 'utf8'), `copy ${number}\n`);
  t.match(await supervisor.cli('status', 'web'), { status: 0, out: /instances   3, from 1 to 3\n/ });
  t.match((await supervisor.cli('why', 'web')).out, /web \(3\) runs: main is process/);
  t.match(await supervisor.cli('stop', 'web (2)'), { status: 0, out: 'web (2) stop/waiting\n' });
  t.same(await shown(supervisor), ['1 running', '2 stopped', '3 running']);
  t.match(await supervisor.cli('status', 'web (2)'), { status: 3, out: /^web \(2\) stop\/waiting\n/ });
  t.match(await supervisor.cli('restart', 'web'), { status: 0, out: /web \(2\) start\/running/ });
  t.match(await supervisor.cli('start', 'web'), { status: 0 }, 'they run already');
  t.match(await supervisor.cli('signal', 'web', 'CONT'), { status: 0, out: /web \(3\): CONT sent/ });
  t.match(await supervisor.cli('start', 'web (4)'), { status: 5, err: /web \(1\) to web \(3\)/ });
  t.match(await supervisor.cli('stop', 'web', '--json'), { status: 0, out: /"instances": \[/ });
  t.same(await shown(supervisor), ['1 stopped', '2 stopped', '3 stopped']);
});

t.test('a copy that fails is told of by its name, and the others run', async (t) => {
  const job =
    'instances = 2\nexec = sh -c "echo number $INSTANCE; [ $INSTANCE = 1 ] && exec sleep 1000; exit 3"\n';
  const supervisor = await Supervisor.start(t, { 'half.ini': job });
  const { status, out, err } = await supervisor.cli('start', 'half');
  t.equal(status, 1);
  t.match(out, /^half \(1\) start\/running/);
  t.match(err, /half \(2\): Job failed to start.*status 3\n    \| number 2/s);
  t.same(await shown(supervisor), ['1 running', '2 failed']);
  t.match(await supervisor.cli('reset-failed', 'half'), { status: 0 });
  t.same(await shown(supervisor), ['1 running', '2 stopped']);
});

t.test(
  'scale starts and stops what it takes, over a re-exec and a crash, until the file says otherwise',
  async (t) => {
    const supervisor = await Supervisor.start(t, { 'web.ini': web('2'), 'nap.ini': 'exec = sleep 1000\n' });
    await supervisor.cli('start', 'web');
    const [, first] = await mains(supervisor);
    t.match(await supervisor.cli('scale', 'web', '4'), {
      status: 0,
      out: /^web \(3\) start\/running.*\nweb \(4\) start\/running.*\nweb has 4 instances, all up \(its job file says 2\)\n$/,
    });
    t.match((await supervisor.cli('why', 'web (4)')).out, /gave the command 'scale'/);
    t.match(await supervisor.cli('scale', 'web', '4'), { status: 0, out: /^web has 4 instances, all up/ });
    await supervisor.reexec();
    t.match(
      (await supervisor.cli('status', 'web (1)')).out,
      /instances   4, from 1 to 4 \(the job file says 2\)/,
    );
    await supervisor.kill();
    await supervisor.begin();
    t.match(
      (await supervisor.cli('status', 'web (1)')).out,
      /instances   4, from 1 to 4 \(the job file says 2\)/,
    );
    t.match(await supervisor.cli('scale', 'web=3'), {
      status: 0,
      out: /^web \(4\) stop\/waiting\nweb has 3 /,
    });
    t.equal((await mains(supervisor))[1], first, 'the others ran on');
    supervisor.write('web.ini', web('1'));
    t.match(await supervisor.cli('reload-configuration'), {
      status: 0,
      out: /web has 1 instance, and 3 are up: 'foster scale web' makes it so/,
    });
    t.match((await supervisor.cli('list')).out, /web \(3\) +running .* more than its 1 instance/);
    t.match(await supervisor.cli('scale', 'web'), { status: 0, out: /web has 1 instance\n$/ });
    supervisor.write('web.ini', web('2'));
    t.match(await supervisor.cli('restart', 'web'), { status: 0, out: /web \(2\) start\/running/ });

    t.match(await supervisor.cli('scale', 'nap', '2'), {
      status: 1,
      err: /nap has no instances to scale; `instances = COUNT` in .*nap\.ini/,
    });
    t.match(await supervisor.cli('scale', 'nosuch', '2'), { status: 5, err: /Unknown job: nosuch/ });
    t.match(await supervisor.cli('scale', 'web', 'two'), { status: 2, err: /found two/ });
    t.match(await supervisor.cli('scale', 'web', '2', 'nap'), { status: 2, err: /web=3 worker=2/ });
    t.match(await supervisor.cli('scale', 'web (1)', '2'), { status: 2, err: /foster scale web COUNT/ });
  },
);

t.test('a restart takes a file that has instances now', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': 'exec = sleep 1000\n' });
  await supervisor.cli('start', 'web');
  supervisor.write('web.ini', web('2'));
  t.match(await supervisor.cli('restart', 'web'), { status: 0, out: /web \(2\) start\/running/ });
  t.same(await shown(supervisor), ['1 running', '2 running']);
});

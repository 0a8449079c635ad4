/** foster run: a command as a job without a file, through the real command line. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

t.test('a command is a job like any other, over a re-exec, until it is stopped', async (t) => {
  const supervisor = await Supervisor.start(t, {});
  const file = join(supervisor.rundir, 'run/web.ini');
  const command = ['sh', '-c', 'echo "it\'s $GREETING in $PWD"; exec sleep 1000'];
  const options = ['--name', 'web', '--respawn', '--env', 'GREETING=hello world'];
  const started = await supervisor.cli('run', ...options, '--', ...command);
  t.match(started, { status: 0, out: /^web start\/running, process \d+/ });
  t.match((await supervisor.cli('log', '-n', '1', 'web')).out, `it's hello world in ${process.cwd()}`);
  t.match((await supervisor.cli('list')).out, /^web +running/m);
  t.match((await supervisor.cli('cat', 'web')).out, /by foster run/);

  const { main } = await supervisor.status('web');
  await supervisor.reexec();
  t.equal((await supervisor.status('web')).main, main);
  process.kill(main!, 'SIGKILL');
  await supervisor.untilStatus('web', ({ respawns }) => respawns === 1);

  t.match(await supervisor.cli('run', '--name', 'web', '--', 'true'), {
    status: 2,
    err: /a job web already, and it runs/,
  });
  t.match(await supervisor.cli('stop', 'web'), { status: 0 });
  await until('its file to be gone', () => !existsSync(file));
  await until('the job to be gone', async () => !/^web/m.test((await supervisor.cli('list')).out));
});

t.test('one that fails stays to be seen, until its failure is forgotten', async (t) => {
  const supervisor = await Supervisor.start(t, { 'own.ini': 'exec = sleep 1000\n' });
  const refused = await supervisor.cli('run', '--name', 'bad', '--', '/no/such/program');
  t.match(refused, { status: 1, err: /No such file or directory/ });
  await until('no job to be left', async () => !/^bad/m.test((await supervisor.cli('list')).out));

  t.match(await supervisor.cli('run', '--name', 'late', '--', 'sh', '-c', 'sleep 5; exit 3'), { status: 0 });
  await supervisor.untilStatus('late', ({ failure }) => failure !== undefined);
  t.match((await supervisor.cli('status', 'late')).out, /terminated with status 3/);
  t.match(await supervisor.cli('reset-failed', 'late'), { status: 0 });
  await until('the job to be gone', async () => !/^late/m.test((await supervisor.cli('list')).out));

  const own = await supervisor.cli('run', '--name', 'own', '--', 'true');
  t.match(own, { status: 2, err: /there is a job own already: .*own\.ini/ });
  t.match(await supervisor.cli('run', '--name', '../x', '--', 'true'), {
    status: 2,
    err: /is not a valid name for a job/,
  });
  t.match(await supervisor.cli('run'), { status: 2, err: /missing the command/ });
});

t.test('without a name it is called as its program', async (t) => {
  const supervisor = await Supervisor.start(t, {});
  for (const name of ['sleep', 'sleep-2']) {
    t.match(await supervisor.cli('run', '--', 'sleep', '1000'), {
      status: 0,
      out: new RegExp(`^${name} start/running`),
    });
    t.match(
      readFileSync(join(supervisor.rundir, 'run', `${name}.ini`), 'utf8'),
      /^exec = \/.*\/sleep 1000$/m,
    );
  }
});

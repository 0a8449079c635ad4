/** What a service needs beside its command, through the real command line (docs/services.md). */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../helpers/until.js';
import { Supervisor } from '../helpers/supervisor.js';

t.test('env file: a start without the file says which, and a restart takes the file as it is', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const file = join(supervisor.directory, 'app.env');
  const show = 'exec = sh -c "echo colour=$COLOUR; exec sleep 1000"\nready log = ^colour\n';
  supervisor.write('app.ini', `${show}env file = ${file}\n`);
  await supervisor.begin();
  const refused = await supervisor.cli('start', 'app');
  t.match(refused, { status: 1, err: /unable to read environment file: No such file or directory/ });
  t.match(refused.err, file);

  for (const colour of ['dark red', 'blue']) {
    writeFileSync(file, `# colours\nCOLOUR="${colour}"\n`);
    t.match(await supervisor.cli('restart', 'app'), { status: 0 });
    t.match((await supervisor.cli('log', '-n', '1', 'app')).out, `colour=${colour}\n`);
  }
});

t.test(
  'runtime dir: there for pre-start and main, over a restart and a re-exec, and gone after a stop',
  async (t) => {
    const supervisor = Supervisor.prepare(t, {});
    const directory = join(supervisor.directory, 'made');
    const pre = 'pre-start exec = touch "$RUNTIME_DIRECTORY/file"\n';
    supervisor.write('app.ini', `exec = sleep 1000\n${pre}runtime dir = ${directory} 0700\n`);
    await supervisor.begin();
    t.match(await supervisor.cli('start', 'app'), { status: 0 });
    t.ok(existsSync(join(directory, 'file')));
    t.match(await supervisor.cli('restart', 'app'), { status: 0 });
    await supervisor.reexec();
    t.ok(existsSync(join(directory, 'file')));
    t.match(await supervisor.cli('stop', 'app'), { status: 0 });
    await until('the directory to be gone', () => !existsSync(directory));

    supervisor.write('app.ini', 'exec = sleep 1000\nruntime dir = /etc/app\n');
    t.match(await supervisor.cli('check', join(supervisor.confdir, 'app.ini')), {
      status: 1,
      out: /app\.ini:2: .*found "\/etc\/app", expected a name, or a path below `?\/run/,
    });
  },
);

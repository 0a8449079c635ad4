/** What a service needs beside its command, through the real command line (docs/services.md). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
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

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

test('foster log --follow waits for a job that has not written anything yet', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const go = `${supervisor.directory}/go`;
  const script = `script\n  until [ -e ${go} ]; do sleep 0.05; done\n  echo at last\n  exec sleep 1000\nend script\n`;
  supervisor.write('quiet.conf', script);
  await supervisor.begin();
  await supervisor.cli('start', 'quiet');
  const following = supervisor.goingOn('log', '--follow', 'quiet');
  let [out, err] = ['', ''];
  following.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  following.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  await until('a word about the log that is missing', () => err.includes('quiet: there is no log'));
  writeFileSync(go, '');
  await until('the line', () => out === 'at last\n');
  t.equal(following.exitCode, null, 'and it goes on');
  following.kill('SIGINT');
  await once(following, 'close');
});

test('foster log --follow shows where runs end and start, before their lines', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'web.ini': 'exec = sh -c "echo up; exec sleep 1000"\nready log = up\n',
  });
  await supervisor.cli('start', 'web');
  const following = supervisor.goingOn('log', '--follow');
  let out = '';
  following.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await until('the first run', () => out.endsWith('web: up\n'));
  for (let runs = 2; runs < 5; runs += 1) {
    await supervisor.cli('restart', 'web');
    await until(`run ${runs}`, () => out.match(/web: up$/gm)?.length === runs);
  }
  const run = 'web: -- started, pid N --\nweb: up\n';
  const end = 'web: -- ended by TERM --\n';
  t.equal(out.replace(/pid \d+/g, 'pid N'), [run, run, run, run].join(end));
  following.kill('SIGINT');
  await once(following, 'close');
});

/** foster signal, cat, edit, logs and restart --all, through the real command line. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Supervisor } from '../helpers/supervisor.js';

const TRAP =
  'exec = sh -c "trap \'echo heard\' USR1; echo waits; while :; do sleep 0.1; done"\nready log = waits\n';

t.test('signal: main gets it, by any of its names, and what is no signal is refused', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': TRAP, 'idle.ini': 'exec = sleep 1000\n' });
  t.match(await supervisor.cli('start', 'web'), { status: 0 });
  const { main } = await supervisor.status('web');
  for (const name of ['USR1', 'SIGUSR1', 'usr1', '10'])
    t.match(await supervisor.cli('signal', 'web', name), {
      status: 0,
      out: `web: ${name.toUpperCase()} sent to process ${main}\n`,
    });
  t.match(await supervisor.cli('signal', 'web', 'USR1', '--json'), { status: 0, out: /"pid": \d+/ });
  t.equal((await supervisor.status('web')).main, main, 'it runs on');
  t.match(await supervisor.cli('signal', 'idle', 'HUP'), { status: 7, err: /Job is not running: idle/ });
  t.match(await supervisor.cli('signal', 'web', 'URS1'), { status: 2, err: /Unknown signal: URS1/ });
  t.match(await supervisor.cli('signal', 'nosuch', 'HUP'), { status: 5, err: /Unknown job: nosuch/ });
  t.match(await supervisor.cli('signal', 'web'), { status: 2, err: /expected jobs and a signal/ });
});

t.test('cat: the file and its override, as they are on disk', async (t) => {
  const supervisor = await Supervisor.start(t, { 'web.ini': '; a server\nexec = sleep 1000\n' });
  supervisor.write('web.override', 'nice 5\n');
  await supervisor.cli('reload-configuration');
  const { out, status } = await supervisor.cli('cat', 'web');
  const path = (name: string): string => join(supervisor.confdir, name);
  t.equal(out, `# ${path('web.ini')}\n; a server\nexec = sleep 1000\n\n# ${path('web.override')}\nnice 5\n`);
  t.equal(status, 0);
  t.match(await supervisor.cli('cat', 'nosuch'), { status: 5, err: /Unknown job/ });
});

t.test('logs is log, and restart --all means all that run', async (t) => {
  const supervisor = await Supervisor.start(t, {
    'one.ini': 'exec = sh -c "echo one says; exec sleep 1000"\nready log = says\n',
    'two.ini': 'exec = sleep 1000\n',
    'three.ini': 'exec = sleep 1000\n',
  });
  t.match(await supervisor.cli('start', 'one', 'two'), { status: 0 });
  t.match((await supervisor.cli('logs', 'one', '-n', '1')).out, 'one says\n');
  const before = [await supervisor.status('one'), await supervisor.status('two')].map(({ main }) => main);
  t.match(await supervisor.cli('restart', '--all'), { status: 0, out: /one start\/running/ });
  for (const [index, name] of ['one', 'two'].entries()) {
    const { main, state } = await supervisor.status(name);
    t.equal(state, 'running');
    t.not(main, before[index]);
  }
  t.equal((await supervisor.status('three')).state, 'waiting');
  t.match(await supervisor.cli('restart', '--all', 'one'), { status: 2, err: /--all/ });
});

/** An editor that puts this text in the place of the file. */
function editor(supervisor: Supervisor, text: string): Record<string, string> {
  const [script, result] = ['editor', 'text'].map((name) => join(supervisor.directory, name)) as [
    string,
    string,
  ];
  writeFileSync(result, text);
  writeFileSync(script, `#!/bin/sh\ncat "${result}" >"$1"\n`);
  chmodSync(script, 0o755);
  return { EDITOR: script };
}

t.test(
  'edit: a good text takes the place of the file, with its mode; a broken one does not, and is kept',
  async (t) => {
    const supervisor = await Supervisor.start(t, { 'web.ini': 'exec = sleep 1000\n' });
    const path = join(supervisor.confdir, 'web.ini');
    chmodSync(path, 0o640);
    t.match(await supervisor.cli('start', 'web'), { status: 0 });

    const good = await supervisor.cliIn(editor(supervisor, 'exec = sleep 2000\n'), 'edit', 'web');
    t.match(good, { status: 0, out: /web\.ini is changed; `foster restart web`/ });
    t.equal(readFileSync(path, 'utf8'), 'exec = sleep 2000\n');
    t.equal(statSync(path).mode & 0o777, 0o640);
    t.match((await supervisor.status('web')).file, { state: 'changed' });

    const broken = await supervisor.cliIn(editor(supervisor, 'exce = sleep 3000\n'), 'edit', 'web');
    t.match(broken, { status: 1, err: /:1: Unknown stanza: found "exce"/ });
    t.equal(readFileSync(path, 'utf8'), 'exec = sleep 2000\n');
    const kept = /--from (\S+)` goes on/.exec(broken.err)![1]!;
    t.equal(readFileSync(kept, 'utf8'), 'exce = sleep 3000\n');
    writeFileSync(kept, 'exec = sleep 3000\n');
    t.match(await supervisor.cli('edit', 'web', '--from', kept), { status: 0 });
    t.equal(readFileSync(path, 'utf8'), 'exec = sleep 3000\n');
    t.notOk(existsSync(kept));

    t.match(await supervisor.cliIn(editor(supervisor, 'exec = sleep 3000\n'), 'edit', 'web'), {
      out: /unchanged/,
    });
    t.match(await supervisor.cliIn({ EDITOR: 'false' }, 'edit', 'web'), {
      status: 1,
      err: /nothing was changed/,
    });
  },
);

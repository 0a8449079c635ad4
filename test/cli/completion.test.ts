import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { COMMANDS } from '../../src/cli/command-table.js';
import { allCommands } from '../../src/cli/initctl/main.js';
import { completionPlace } from './completion-place.js';
import { runFoster as run } from './run-foster.js';

const nowhere = { path: '/nonexistent' };

t.test('bash completes commands, options, their values, files and jobs', async (t) => {
  const script = (await run(nowhere, ['completion', 'bash'])).out;
  const directory = completionPlace(t);
  const completed = (...words: string[]): readonly string[] => {
    const list = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _${words[0]}; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${join(directory, 'bin')}:${process.env['PATH']}` };
    const bash = spawnSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8', cwd: directory, env });
    t.equal(bash.stderr, '');
    return bash.stdout.trim().split('\n');
  };
  const complete = (...words: string[]): string => completed(...words).join(' ');
  t.equal(complete('foster', 'rest'), 'restart');
  t.equal(complete('foster', '--so'), '--socket');
  t.equal(complete('foster', 'log', '--fo'), '--follow');
  const instances = ['postgres\\ \\(15/main\\)', 'postgres\\ \\(16/main\\)'];
  const all = ['postgres', ...instances, 'web'].join(' ');
  t.equal(complete('foster', 'restart', ''), all, 'jobs, each once, and their instances as they are typed');
  t.equal(
    complete('foster', 'restart', 'web', 'p'),
    ['postgres', ...instances].join(' '),
    'any number of them',
  );
  t.equal(complete('foster', 'restart', 'postgres\\ \\(16'), instances[1]);
  t.equal(complete('foster', 'restart', '"postgres (16'), 'postgres (16/main)', 'inside quotes as it is');
  t.equal(complete('foster', '--json', 'sto'), 'stop', 'after a global option');
  t.equal(complete('foster', '--json', 'stop', 'w'), 'web');
  t.equal(complete('foster', '--socket', '/other', 'stop', ''), 'elsewhere', 'of that supervisor');
  t.equal(complete('foster', '--socket', 'we'), 'web.ini', 'an option before the command has a value, too');
  t.equal(complete('foster', 'init', '--tracker', 'p'), 'perf ptrace procfs');
  t.equal(complete('foster', 'init', '--tracker', '=', 'con'), 'connector');
  t.equal(complete('foster', 'init', '--tracker', '='), 'auto connector perf ptrace procfs');
  t.equal(complete('foster', 'health', '--level', ''), 'live ready');
  t.equal(complete('foster', 'events', '--job', 'w'), 'web');
  t.equal(complete('foster', 'log', '-n', ''), '', 'what nobody can know');
  t.equal(
    complete('foster', '--socket', '=', '/other', 'stop', ''),
    'elsewhere',
    '--socket=/other is three words to bash',
  );
  t.equal(
    complete('foster', '--socket=/other', 'stop', ''),
    'elsewhere',
    'and one without = in COMP_WORDBREAKS',
  );
  t.equal(complete('foster', 'init', '--tracker=con'), '--tracker=connector');
  t.equal(
    [...completed('foster', 'check', 'w')].sort().join('|'),
    'web.ini|with space.ini|worker.ini',
    'a space in a name',
  );
  t.equal(complete('foster', 'check', 'wo'), 'worker.ini');
  t.equal(complete('foster', 'init', '--logdir', 'b'), 'bin');
  t.equal(complete('foster', 'completion', 'z'), 'zsh');
  t.equal(complete('initctl', 'rel'), 'reload reload-configuration');
  t.equal(complete('initctl', 'start', ''), 'rc web');
  t.equal(complete('initctl', '--system', 'start', 'r'), 'rc');
  t.equal(complete('initctl', 'emit', '--no'), '--no-wait');
});

t.test('every shell’s script knows every command of both programs', async (t) => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { status, out } = await run(nowhere, ['completion', shell]);
    t.equal(status, 0);
    for (const name of [...COMMANDS.map((spec) => spec.name), ...Object.keys(await allCommands())])
      t.match(out, new RegExp(`\\b${name}\\b`), `${shell} ${name}`);
  }
});

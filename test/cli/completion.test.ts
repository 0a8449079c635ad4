import { spawnSync } from 'node:child_process';
import t from 'tap';
import { COMMANDS } from '../../src/cli/command-table.js';
import { runFoster as run } from './run-foster.js';

const nowhere = { path: '/nonexistent' };

t.test('bash completes commands and options', async (t) => {
  const script = (await run(nowhere, ['completion', 'bash'])).out;
  const complete = (words: string[]) => {
    const ask = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _foster; echo "\${COMPREPLY[@]}"`;
    const bash = spawnSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8' });
    t.equal(bash.stderr, '');
    return bash.stdout.trim();
  };
  t.equal(complete(['foster', 'rest']), 'restart');
  t.equal(complete(['foster', 'log', '--fo']), '--follow');
});

t.test('every shell’s script knows every command', async (t) => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { status, out } = await run(nowhere, ['completion', shell]);
    t.equal(status, 0);
    for (const { name } of COMMANDS) t.match(out, new RegExp(`\\b${name}\\b`), `${shell} ${name}`);
  }
});

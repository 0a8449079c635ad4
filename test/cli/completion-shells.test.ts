/** What zsh and fish offer, asked of the shells themselves: each has a terminal, or its own command for the purpose. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { completionPlace } from './completion-place.js';
import { runFoster } from './run-foster.js';

/** What is typed, and what is offered: the same in both shells, but for the order and the escapes of what has spaces. */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  'foster rest': ['restart'],
  'foster --so': ['--socket'],
  'foster log --fo': ['--follow'],
  'foster restart ': ['postgres', 'postgres (15/main)', 'postgres (16/main)', 'web'],
  'foster restart web p': ['postgres', 'postgres (15/main)', 'postgres (16/main)'],
  'foster restart postgres\\ \\(16': ['postgres (16/main)'],
  'foster --json stop w': ['web'],
  'foster --socket /other stop ': ['elsewhere'],
  'foster --socket=/other stop ': ['elsewhere'],
  'foster --socket we': ['web.ini'],
  'foster init --tracker p': ['perf', 'procfs', 'ptrace'],
  'foster init --tracker=con': ['--tracker=connector'],
  'foster events --job w': ['web'],
  'foster log -n ': [],
  'foster check w': ['web.ini', 'with space.ini', 'worker.ini'],
  'foster completion z': ['zsh'],
  'initctl rel': ['reload', 'reload-configuration'],
  'initctl start ': ['rc', 'web'],
};

const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
const needs = (shell: string): string | false =>
  !isThere(shell) && `needs ${shell} (Debian package ${shell})`;

/** Runs a script of a shell in the place. @returns what it prints */
function output(directory: string, [shell = '', ...args]: readonly string[]): string {
  const env = {
    PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
    HOME: directory,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  };
  const { status, stdout, stderr } = spawnSync(shell, args, {
    cwd: directory,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0 || stderr !== '') throw new Error(`${shell} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

/** Compares the answers to all lines, each a line of words between bars. */
function compare(t: Test, printed: string): void {
  const answers = printed.trimEnd().split('\n');
  for (const [index, [line, expected]] of Object.entries(OFFERED).entries()) {
    const offered = (answers[index] ?? '').split('|').filter((word) => word !== '');
    t.same(offered.map((word) => word.replace(/\\(.)/g, '$1')).sort(), expected, line);
  }
}

t.test('fish', { skip: needs('fish') }, async (t) => {
  const directory = completionPlace(t);
  writeFileSync(
    join(directory, 'foster.fish'),
    (await runFoster({ path: '/nonexistent' }, ['completion', 'fish'])).out,
  );
  const ask = Object.keys(OFFERED).map(
    (line) =>
      `set -l offered (complete -C '${line.replaceAll('\\', '\\\\')}' | string replace -r '\\t.*' ''); echo (string join -- '|' $offered)''`,
  );
  writeFileSync(join(directory, 'ask.fish'), `source foster.fish\n${ask.join('\n')}\n`);
  compare(t, output(directory, ['fish', '--no-config', 'ask.fish']));
});

/** In the shell that has the terminal: prints each match instead of inserting it. */
const ZSH_CHILD = `
unset zle_bracketed_paste
compadd() {
  if [[ $@[1,(i)(-|--)] == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  typeset -a hits
  builtin compadd -A hits "$@"
  for hit in $hits; do print -r -- "HIT:$hit"; done
}
ask() { zle complete-word; BUFFER=; print -r -- ANSWERED; zle -R }
zle -N ask
bindkey -e
bindkey '^I' ask
print -r -- READY
`;

const ZSH_DRIVER = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PROMPT=; RPROMPT=; source ./load.zsh; source ./child.zsh'
until_printed() {
  local line
  hits=()
  while zpty -r shell line; do
    line=\${line//[$'\\r\\n']/}
    [[ $line == *$1* ]] && return
    [[ $line == *HIT:* ]] && hits+=(\${line#*HIT:})
  done
}
until_printed READY
while IFS= read -r typed; do
  zpty -w -n shell "$typed"$'\\t'
  until_printed ANSWERED
  print -r -- \${(j:|:)hits}
done <lines
`;

/** How zsh gets the script: as the manual page says, and as the Debian package brings it. */
const LOADS = {
  sourced: 'source ./functions/_foster',
  'found by compinit': 'fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D',
};

for (const [how, load] of Object.entries(LOADS))
  t.test(`zsh, ${how}`, { skip: needs('zsh') }, async (t) => {
    const directory = completionPlace(t);
    mkdirSync(join(directory, 'functions'));
    const files = {
      'functions/_foster': (await runFoster({ path: '/nonexistent' }, ['completion', 'zsh'])).out,
      'load.zsh': load,
      'child.zsh': ZSH_CHILD,
      'drive.zsh': ZSH_DRIVER,
      lines: `${Object.keys(OFFERED).join('\n')}\n`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    compare(t, output(directory, ['zsh', '-f', 'drive.zsh']));
  });

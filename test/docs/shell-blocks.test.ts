/**
 * Every `sh` block of the documentation runs as printed, or says in front of it why it does not:
 *
 *     <!-- not run: it needs the network -->
 *     ```sh
 *
 * Its commands run one after the other in a root file system of their own, where foster runs jobs with the names that the pages use.
 * What runs until somebody ends it (`foster init`, `foster events`) has to run until then.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { overlayRoot } from '../helpers/overlay-root.js';
import { mayMakeNamespaces, scratchDirectory } from '../helpers/pid-one.js';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

const skip = mayMakeNamespaces ? false : 'needs root, for namespaces';

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** why it is not run */
  readonly reason: string | undefined;
}

function* blocksOf(page: string): Generator<Block> {
  const text = readFileSync(join(projectRoot, page), 'utf8');
  const pattern = /(?:^<!-- not run: (.+) -->\n\n?)?^( *)```(\w*)\n([\s\S]*?)^\2```$/gm;
  for (const { index, 1: reason, 2: indent = '', 3: language = '', 4: inner = '' } of text.matchAll(pattern))
    yield {
      page,
      line: text.slice(0, index).split('\n').length,
      language,
      text: inner.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      reason,
    };
}

const blocks = ['', 'docs', 'examples', 'bench'].flatMap((directory) =>
  readdirSync(join(projectRoot, directory))
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => [...blocksOf(join(directory, name))]),
);

/** Blocks of commands and job files have tests; the others show files of other programs, code and drawings. */
const TESTED_ELSEWHERE = ['console', 'ini'];
const NO_COMMANDS = ['', 'dockerfile', 'ts', 'js', 'yaml', 'json', 'text', 'hcl'];

t.test('a block of commands is called one, so that it is run', (t) => {
  for (const { page, line, language, text } of blocks) {
    const where = `${page}:${line}`;
    t.ok(['sh', ...TESTED_ELSEWHERE, ...NO_COMMANDS].includes(language), `${where}: language ${language}`);
    if (NO_COMMANDS.includes(language)) t.notMatch(text, /^(?:\$ |sudo |foster |npm )/m, where);
  }
  t.end();
});

t.test('only a block of commands is marked, and some are run', (t) => {
  for (const { page, line, language, reason } of blocks)
    if (reason !== undefined) t.equal(language, 'sh', `${page}:${line}`);
  const shell = blocks.filter(({ language }) => language === 'sh');
  t.ok(shell.filter(({ reason }) => reason === undefined).length > 5);
  t.end();
});

/** Names in the pages. */
const JOBS = ['web', 'web-1', 'NAME'];

/** The end of a command that runs until somebody ends it, and what `timeout` makes of it. */
const RUNS_ON = /^(?:unshare .*)?\S*foster (?:init|events(?!.*--no-follow))/;

/** The commands of a block: lines, of which some go on (`for`, a backslash). */
function commandsOf(text: string): readonly string[] {
  const commands: string[] = [];
  let open = false;
  for (const line of text.trimEnd().split('\n')) {
    if (open) commands.push(`${commands.pop()!}\n${line}`);
    else commands.push(line);
    open = open ? !/^done$|^fi$/.test(line) : /^(?:for|if) /.test(line);
  }
  return commands;
}

/** Runs a command; one that runs on is ended like a container, and has to have lived until then. */
function scriptOf(command: string): string {
  if (!RUNS_ON.test(command)) return `${command}\n`;
  const alone = command.replace(/ +#.*$/, '');
  const words = alone.startsWith('foster init') ? `${NAMESPACE} ${alone}` : alone;
  return `${words} 2>/tmp/err & P=$!; sleep 3; ended $P\n`;
}

/** `foster init` is PID 1 where the pages use it. */
const NAMESPACE = 'unshare --pid --fork --mount-proc --kill-child';

const PREPARED = [
  'set -eu',
  // what unshare started is asked: unshare itself passes no signal on
  'ended() {',
  '  if ! kill -0 "$1"; then cat /tmp/err; grep -q "the tracker is .*, not the connector" /tmp/err; return; fi',
  '  C=$(pgrep -P "$1" || echo "$1"); kill -TERM $C; S=0; wait "$1" || S=$?; [ $S = 0 ] || [ $S -gt 128 ]; }',
  `ln -s '${join(projectRoot, 'bin/foster')}' /usr/local/bin/foster && ln -sf '${join(projectRoot, 'bin/initctl')}' /usr/local/bin/initctl`,
  'printf "#!/bin/sh\\nexec sleep 1000\\n" >/usr/local/bin/my-server && chmod 755 /usr/local/bin/my-server',
  `mkdir -p /etc/foster /tmp/jobs && cd '${projectRoot}'`,
  ...JOBS.map((name) => `printf 'exec = sleep 1000\\nrespawn = true\\n' >/etc/foster/${name}.ini`),
];

/** Where a block starts foster itself, there is none before it. */
const RUNNING = [
  'foster init 2>/tmp/foster.err &',
  'foster health --wait 30',
  ...JOBS.map((name) => `foster start ${name}`),
];

async function run(t: Test, { text }: Block): Promise<void> {
  const directory = scratchDirectory(t);
  const script = join(directory, 'block.sh');
  const commands = commandsOf(text).map(
    (command) => `echo '+ ${command.split("'")[0]}' >&2\n${scriptOf(command)}`,
  );
  const before = /\bfoster init\b/.test(text) ? PREPARED : [...PREPARED, ...RUNNING];
  writeFileSync(script, `${before.join('\n')}\n${commands.join('')}`);
  const inside = `${overlayRoot(directory)} && sh '${script}'; exit $?`;
  const words = ['--pid', '--fork', '--mount', '--net', '--mount-proc', '--kill-child', 'sh', '-c', inside];
  const env = { ...plainEnvironment(), PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
  const { status, out, err } = await outcomeOf(
    spawnChild('unshare', words, { env, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  t.equal(status, 0, 'every command succeeds', { out, err });
}

for (const block of blocks.filter(({ language, reason }) => language === 'sh' && reason === undefined))
  t.test(`${block.page}:${block.line}`, { skip }, (t) => run(t, block));

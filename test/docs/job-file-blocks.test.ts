/** Every job file and every command that the documentation shows is one: job files pass the check, and options exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { COMMANDS } from '../../src/cli/command-table.js';
import { COMMON_OPTIONS } from '../../src/cli/command-spec.js';
import { checkText } from '../../src/jobfile/check.js';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

const pages = ['', 'docs', 'examples', 'bench'].flatMap((directory) =>
  readdirSync(join(projectRoot, directory))
    .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
    .map((name) => join(directory, name)),
);

const textOf = (page: string): string => readFileSync(join(projectRoot, page), 'utf8');

/** Definitions of other supervisors are INI files, too. */
const OF_OTHERS = /^\[(?:Unit|Service|program:)/m;

test('each job file of the pages passes the check', (t) => {
  let blocks = 0;
  for (const page of pages)
    for (const [, text = ''] of textOf(page).matchAll(/^```ini\n([\s\S]*?)^```$/gm)) {
      if (OF_OTHERS.test(text)) continue;
      const checked = checkText(text, 'example', 'ini', page);
      t.ok(checked.ok, `${page}: ${text.split('\n')[0]}`, { checked });
      blocks += 1;
    }
  t.ok(blocks > 15, `${blocks} job files`);
  t.end();
});

/** The words of `foster COMMAND …` in blocks and in code within sentences. */
function* commandLines(page: string): Generator<readonly string[]> {
  for (const [, line = ''] of textOf(page).matchAll(/^(?: {4}|\$ |> )?(?:sudo )?(foster .*)$/gm))
    yield split(line);
  for (const [, line = ''] of textOf(page).matchAll(/`(foster [^`\n]+)`/g)) yield split(line);
}

/** Up to the comment, the pipe or the next command; what stands behind `--` is another program's. */
function split(line: string): readonly string[] {
  const [own = ''] = line.split(/ -- | [#|&;>]|; |…/);
  return own.trim().split(/\s+/);
}

const commands = new Map(COMMANDS.map((command) => [command.name, command]));

test('each command of the pages has the options that they show', (t) => {
  let lines = 0;
  for (const page of pages)
    for (const [, name = '', ...words] of commandLines(page)) {
      if (!/^[a-z][a-z-]*$/.test(name)) continue;
      const command = commands.get(name);
      // a sentence can begin with the program's name
      if (command === undefined) continue;
      const options = { ...COMMON_OPTIONS, ...command.options };
      for (const word of words.filter((one) => one.startsWith('--') && one !== '--')) {
        const [, option = ''] = /^--(?:no-)?([\w-]*)/.exec(word) ?? [];
        t.ok(
          option in options || `no-${option}` in options || option === 'help',
          `${page}: foster ${name} ${word}`,
        );
      }
      lines += 1;
    }
  t.ok(lines > 100, `${lines} commands`);
  t.end();
});

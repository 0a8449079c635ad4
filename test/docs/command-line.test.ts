/** docs/cli.md has a row for every command, and every exit status that there is. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { COMMAND_GROUPS } from '../../src/cli/command-table.js';
import { EXIT, STATUS_EXIT } from '../../src/cli/exit-status.js';

const PAGE = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

function sectionOf(title: string): string {
  return PAGE.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
}

/** Rows of the tables of one section: their cells. */
function rowsOf(section: string): readonly (readonly string[])[] {
  return [...sectionOf(section).matchAll(/^\| (.*) \|$/gm)].map(([, row]) => row!.split(' | '));
}

t.test('every command has its row, in the words of its help', (t) => {
  t.same(
    rowsOf('All commands'),
    COMMAND_GROUPS.flatMap(({ commands }) => [
      ['command', 'what it does'],
      ['---', '---'],
      ...commands.map(({ name, summary }) => [`\`${name}\``, summary]),
    ]),
  );
  const titles = [...sectionOf('All commands').matchAll(/^(.*):$/gm)].map(([, title]) => title);
  t.same(
    titles,
    COMMAND_GROUPS.map(({ title }) => title),
  );
  t.end();
});

t.test('every exit status has its row, and no other', (t) => {
  const numbers = rowsOf('Exit statuses').flatMap(([status]) =>
    /^\d+$/.test(status!) ? [Number(status)] : [],
  );
  const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);
  t.same(sorted(numbers), sorted([...Object.values(STATUS_EXIT), ...Object.values(EXIT)]));
  t.end();
});

/** Pages whose tables name tests, and what those names stand for. */
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../../../', import.meta.url);

/** The rows below one heading of a page, without the head of the table. */
export function rowsBelow(page: string, heading: string): readonly (readonly string[])[] {
  const text = readFileSync(new URL(`docs/${page}`, root), 'utf8');
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1))
    .filter((cells, index) => index > 0 && !cells.every((cell) => /^-+$/.test(cell)));
}

/** What stands in backquotes and is a path. */
export function pathsIn(cell: string): readonly string[] {
  return Array.from(cell.matchAll(/`([\w.-]+(?:\/[\w.-]*)+)`/g), ([, path]) => path!);
}

export function isTest(name: string): boolean {
  return existsSync(new URL(`test/${name}.test.ts`, root));
}

/** A file of the program, or a folder of it (`codec/`). */
export function isSource(name: string): boolean {
  const path = name.startsWith('bin/') ? name : `src/${name}`;
  return existsSync(new URL(path, root));
}

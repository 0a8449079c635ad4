/**
 * Console blocks of the documentation, as they are printed: what stands behind `$ ` is run, what stands below it must come.
 *
 *     ```console
 *     $ foster start nap
 *     nap start/running, process 4242
 *     ```
 *
 * A command may go on in lines behind `> `. In what must come, any number stands for any number, some spaces for some
 * spaces, `…` for anything within a line, and a line of `…` alone for any lines.
 */

/** One command of a block. */
export interface Exchange {
  /** of the command, for messages; counted from 1 */
  readonly line: number;
  readonly command: string;
  readonly expected: readonly string[];
}

const OPENING = /^( *)```console *$/;

/** All commands of a page, in order: its blocks are one session. */
export function exchangesOf(page: string): readonly Exchange[] {
  const exchanges: { line: number; command: string; expected: string[] }[] = [];
  let indent: string | undefined;
  page.split('\n').forEach((full, index) => {
    if (indent === undefined) {
      indent = OPENING.exec(full)?.[1];
      return;
    }
    const text = full.startsWith(indent) ? full.slice(indent.length) : full;
    const last = exchanges.at(-1);
    if (text.startsWith('```')) indent = undefined;
    else if (text.startsWith('$ ')) exchanges.push({ line: index + 1, command: text.slice(2), expected: [] });
    else if (last === undefined) throw new Error(`line ${index + 1}: output before the first command`);
    else if (text.startsWith('> ') && last.expected.length === 0) last.command += `\n${text.slice(2)}`;
    else last.expected.push(text);
  });
  return exchanges;
}

const ANY_LINES = /^ *… *$/;

/**
 * @param printed what came, as a terminal would show it
 * @returns what is different, in one sentence; undefined when all is as expected
 */
export function difference(expected: readonly string[], printed: readonly string[]): string | undefined {
  const [first, ...others] = expected;
  const [line, ...rest] = printed;
  if (first === undefined) return line === undefined ? undefined : `it also printed: ${line}`;
  if (ANY_LINES.test(first)) {
    for (let skipped = 0; skipped <= printed.length; skipped++)
      if (difference(others, printed.slice(skipped)) === undefined) return undefined;
    return others.length === 0 ? undefined : `these lines did not come: ${others.join('; ')}`;
  }
  if (line === undefined) return `this did not come: ${first}`;
  if (!patternOf(first).test(line)) return `expected: ${first}\nprinted:  ${line}`;
  return difference(others, rest);
}

function patternOf(expected: string): RegExp {
  const pattern = expected
    .trimEnd()
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/\d+(?:\\\.\d+)?/g, '\\d+(?:\\.\\d+)?')
    .replace(/ +/g, ' +')
    .replaceAll('…', '.*');
  return new RegExp(`^${pattern}$`);
}

/** The lines as they stand on a terminal: without colours, and of a line that was written over the last state. */
export function shownLines(output: string): readonly string[] {
  const lines = output

    .replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1).trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Formats foster's sentences for terminals, which would break them in the middle of a word. Pure. */
import { visibleLine } from '../../text/visible.js';
import { wrapText } from '../../text/width.js';
import type { Terminal } from '../terminal.js';

/** How much further than its first line the rest of a sentence is indented. */
const INDENT = 4;

/**
 * Returns a sentence in lines that end between words.
 * @param columns undefined when lines may have any length
 */
export function sentenceLines(sentence: string, columns: number | undefined): readonly string[] {
  if (columns === undefined) return [sentence];
  const own = /^ */.exec(sentence)![0].length;
  return wrapText(visibleLine(sentence), columns, own + INDENT);
}

/**
 * Returns an error message after the program's name: one line for programs; on a terminal, lines that end
 * between words.
 * @param further lines below it: sentences, and lines of a job's output
 */
export function errorText(
  message: string,
  further: readonly string[],
  { errorColumns }: Pick<Terminal, 'errorColumns'>,
): string {
  const columns = errorColumns?.();
  return [`foster: ${message}`, ...further]
    .flatMap((line) => sentenceLines(line, columns))
    .map((line) => `${visibleLine(line)}\n`)
    .join('');
}

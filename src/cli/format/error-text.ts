/** Formats error messages of `foster`. Pure. */
import { visibleLine } from '../../text/visible.js';
import { wrapText } from '../../text/width.js';
import type { Terminal } from '../terminal.js';

/** Further lines of a message begin under its text, not under the program's name. */
const INDENT = 4;

/**
 * Returns a message after the program's name: one line for programs; on a terminal, lines that end between
 * words.
 */
export function errorText(message: string, { errorColumns }: Terminal): string {
  const line = visibleLine(`foster: ${message}`);
  const columns = errorColumns?.();
  const lines = columns === undefined ? [line] : wrapText(line, columns, INDENT);
  return lines.map((text) => `${text}\n`).join('');
}

/** Defines lines of output: pieces of text, some with a colour. The text is escaped when it is printed. */
import { visibleLine } from '../../text/visible.js';
import { cutText } from '../../text/width.js';

/** SGR codes of ECMA-48, since node:util's styleText is newer than Node 20.0. */
const SGR = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1, reverse: 7 } as const;

export type Shade = keyof typeof SGR;

interface Painted {
  readonly text: string;
  readonly shade: Shade;
}

export type Piece = string | Painted;

/** One line, without the line end. */
export type Line = string | readonly Piece[];

export function painted(text: string, shade: Shade | undefined): Piece {
  return shade === undefined ? text : { text, shade };
}

/** Returns the line with a prefix. */
export function prefixed(prefix: string, line: Line): Line {
  return typeof line === 'string' ? prefix + line : [prefix, ...line];
}

/** Returns the text without colours. */
export function plainText(line: Line): string {
  return typeof line === 'string' ? line : line.map(textOf).join('');
}

/**
 * Returns what is sent to a terminal.
 * @param raw send control characters of the text as they are
 */
export function rendered(
  line: Line,
  { colour, raw }: { readonly colour: boolean; readonly raw: boolean },
): string {
  const shown = (text: string): string => (raw ? text : visibleLine(text));
  const pieces: readonly Piece[] = typeof line === 'string' ? [line] : line;
  return pieces
    .map((piece) => {
      const text = shown(textOf(piece));
      return colour && typeof piece !== 'string' ? `\x1b[${SGR[piece.shade]}m${text}\x1b[0m` : text;
    })
    .join('');
}

/** Returns text that is cut at the width of the terminal; without one, unchanged. */
export function cutLine(text: string, width: number | undefined): string {
  return width === undefined ? text : cutText(visibleLine(text), width);
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text;
}

/**
 * Returns how many columns text takes on a terminal, like wcwidth(3): two for East Asian wide characters and
 * emoji, none for combining characters. If terminals differ (sequences of emoji), the larger number is
 * returned: a line that is a little short looks better than one that wraps. Pure.
 */

/** Combining marks, format characters (zero width joiner, variation selectors) and Hangul vowels and finals (Jamo). */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u;

/** Blocks of wide characters (East_Asian_Width W and F of Unicode 15), first and last, in order. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], // Hangul initials
  [0x2e80, 0x303e], // CJK radicals, punctuation
  [0x3041, 0x33ff], // Kana, CJK compatibility
  [0x3400, 0x4dbf], // CJK extension A
  [0x4e00, 0x9fff], // CJK
  [0xa000, 0xa4cf], // Yi
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3], // Hangul
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60], // fullwidth forms
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18d8f], // Tangut, Khitan
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd], // CJK extensions B to H
];

/** Emoji that are shown as pictures without a variation selector. */
const PICTURE = /\p{Emoji_Presentation}/u;

/** Returns the columns of a text without control characters (visible.ts). */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): 0 | 1 | 2 {
  if (ZERO.test(character)) return 0;
  const code = character.codePointAt(0)!;
  if (code < 0x1100) return 1;
  return WIDE.some(([first, last]) => code >= first && code <= last) || PICTURE.test(character) ? 2 : 1;
}

const ELLIPSIS = '…';

/** Returns `text` if it fits into `columns`, otherwise its beginning with an ellipsis at the end. */
export function cutText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 0) return '';
  let [kept, width] = ['', 0];
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return kept + ELLIPSIS;
}

/** Fills `text` with spaces up to `columns`. */
export function padText(text: string, columns: number, side: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, columns - textWidth(text)));
  return side === 'left' ? text + space : space + text;
}

/**
 * Breaks text into lines of at most `columns`, between words. A word without space (a path) is never broken,
 * so that it can be copied.
 * @param indent of all lines but the first
 */
export function wrapText(text: string, columns: number, indent: number): readonly string[] {
  if (textWidth(text) <= columns) return [text];
  const lines: string[] = [];
  // the spaces before the first word stay
  let line = /^ */.exec(text)![0];
  let isEmpty = true;
  for (const word of text.trimStart().split(' ')) {
    if (!isEmpty && textWidth(line) + 1 + textWidth(word) > columns) {
      lines.push(line);
      line = ' '.repeat(indent);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

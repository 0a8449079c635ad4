/**
 * Text that may come from anybody (arguments, file names, output of jobs, STATUS= of sd_notify(3)), made fit for a terminal.
 * A terminal obeys control characters: they can clear the screen, set its title, type a line, or hide text. Pure.
 */

/**
 * Cc: C0, DEL and C1 (U+009B alone begins a sequence, as ESC [ does). Bidi_Control and the line separators change where
 * text is seen; a byte order mark is not seen at all.
 */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

/** The same for text of several lines: tab and line feed do what they are for. */
const UNSAFE_IN_LINES = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

/** The same for one line: a tab is harmless, a line feed would make a line that nobody printed. */
const UNSAFE_IN_LINE = /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Returns `text` with everything escaped that is not to be seen as it is, but for tabs and line ends. */
export function visibleText(text: string): string {
  return text.replace(UNSAFE_IN_LINES, escape);
}

/** Returns `text` as part of one line: line ends are escaped, too. */
export function visibleLine(text: string): string {
  return text.replace(UNSAFE_IN_LINE, escape);
}

/** Returns `text` as the cell of a table: every character takes a place of its own. */
export function visibleCell(text: string): string {
  return text.replace(UNSAFE, escape);
}

/**
 * Returns JSON text with the characters escaped that JSON may leave as they are. Control characters below U+0020 cannot be
 * in it, and outside of strings it has none of these, so it remains the same JSON.
 */
export function visibleJson(json: string): string {
  return json.replace(UNSAFE_IN_LINES, (character) => `\\u${hex(character, 4)}`);
}

/** `\x1b`, `\r`, `\u202e` */
function escape(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  return character.charCodeAt(0) < 0x80 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}

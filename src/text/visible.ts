/**
 * Escapes text of any origin (arguments, file names, output of jobs, STATUS= of sd_notify(3)) for a terminal.
 * A terminal obeys control characters: they can clear the screen, set its title, type a line, or hide text.
 * Pure.
 */

/**
 * Cc: C0, DEL and C1 (U+009B alone begins a sequence, as ESC [ does). Bidi_Control and the line separators
 * change where text appears; a byte order mark is invisible.
 */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

/** The same for text of several lines: tab and line feed are allowed. */
const UNSAFE_IN_LINES = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

/** The same for one line: a tab is harmless, but a line feed would forge a line. */
const UNSAFE_IN_LINE = /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Returns `text` with unsafe characters escaped, except tabs and line ends. */
export function visibleText(text: string): string {
  return text.replace(UNSAFE_IN_LINES, escape);
}

/** Returns `text` as part of one line: line ends are escaped, too. */
export function visibleLine(text: string): string {
  return text.replace(UNSAFE_IN_LINE, escape);
}

/** Returns `text` for the cell of a table: every character has a width of its own. */
export function visibleCell(text: string): string {
  return text.replace(UNSAFE, escape);
}

/**
 * Returns JSON text with unsafe characters escaped that JSON allows. Control characters below U+0020 cannot
 * occur in it, and outside strings none of these does, so it remains the same JSON.
 */
export function visibleJson(json: string): string {
  return json.replace(UNSAFE_IN_LINES, (character) => `\\u${hex(character, 4)}`);
}

/** Formats `\x1b`, `\r`, `\u202e`. */
function escape(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  return character.charCodeAt(0) < 0x80 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}

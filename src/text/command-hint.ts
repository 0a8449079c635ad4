/** Formats commands for messages, ready to be typed. Pure. */

/** Text that needs no quotes in a shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;
/** Characters with a meaning inside double quotes. */
const MEANS_SOMETHING = /["$`\\!]/;

/**
 * Formats `foster start web`, `foster start "postgres (15/main)"`: messages put a command into single quotes.
 */
export function commandHint(verb: string, title: string): string {
  return `foster ${verb} ${typed(title)}`;
}

function typed(word: string): string {
  if (PLAIN.test(word)) return word;
  return MEANS_SOMETHING.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}

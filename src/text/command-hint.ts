/** Commands as a message names them, ready to be typed. Pure. */

/** What no shell reads as anything else. */
const PLAIN = /^[\w@%+=:,./-]+$/;
/** What means something between double quotes. */
const MEANS_SOMETHING = /["$`\\!]/;

/** `foster start web`, `foster start "postgres (15/main)"`: messages put a command into single quotes. */
export function commandHint(verb: string, title: string): string {
  return `foster ${verb} ${typed(title)}`;
}

function typed(word: string): string {
  if (PLAIN.test(word)) return word;
  return MEANS_SOMETHING.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}

/** Splits a line of cgrules.conf(5) into words. Pure. */

type Words =
  { readonly ok: true; readonly words: readonly string[] } | { readonly ok: false; readonly message: string };

/**
 * Splits at blanks, and ends at a `#`. Text between quotes is one word, or a part of one: so a process name
 * can contain a blank (`"fred:my server" cpu fred`). A backslash removes the special meaning of the next
 * character; it stays in the word, because templates interpret it again.
 */
export function wordsOf(line: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') {
      word = (word ?? '') + character + (line[at + 1] ?? '');
      at += 1;
    } else if (character === '#') {
      break;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') return { ok: false, message: `a quote ${quote} is not closed` };
  if (word !== undefined) words.push(word);
  return { ok: true, words };
}

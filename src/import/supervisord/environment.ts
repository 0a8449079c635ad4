/** Parses `environment=KEY="val",KEY2=val2` of supervisord. Pure. */

type Assignments =
  | { readonly ok: true; readonly variables: readonly (readonly [string, string])[] }
  | { readonly ok: false; readonly why: string };

const LETTERS = /[A-Za-z0-9_./+\-():\\%{}@$*!?&^~|<>[\]]/;

/**
 * Parses as supervisord's `dict_of_key_value_pairs` does, by shlex: commas between pairs, quotes around
 * values with special characters.
 */
export function parseEnvironment(text: string): Assignments {
  const tokens = tokensOf(text);
  if (tokens === undefined) return { ok: false, why: 'a quote is not closed' };
  const variables: [string, string][] = [];
  let at = 0;
  while (at < tokens.length) {
    const [key, equals, value] = tokens.slice(at, at + 3);
    if (key === undefined || equals?.text !== '=' || equals.quoted || value === undefined) {
      const found = tokens
        .slice(at)
        .map((token) => token.text)
        .join(' ');
      return {
        ok: false,
        why: `"${found.slice(0, 40)}" is no KEY=VALUE: values with blanks or commas need quotes`,
      };
    }
    variables.push([key.text, value.text]);
    at += 3;
    if (tokens[at]?.text === ',' && !tokens[at]!.quoted) at += 1;
  }
  return { ok: true, variables };
}

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/** Splits into words, quoted texts, and single characters; line ends count as blanks. */
function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const char = text[at]!;
    if (/\s/.test(char)) at += 1;
    else if (char === '"' || char === "'") {
      const end = text.indexOf(char, at + 1);
      if (end === -1) return undefined;
      // supervisord strips all quotes of either kind from both ends
      tokens.push({ text: text.slice(at + 1, end).replace(/^['"]+|['"]+$/g, ''), quoted: true });
      at = end + 1;
    } else if (LETTERS.test(char) || char > '\x7f') {
      const start = at;
      while (at < text.length && (LETTERS.test(text[at]!) || text[at]! > '\x7f')) at += 1;
      tokens.push({ text: text.slice(start, at), quoted: false });
    } else {
      tokens.push({ text: char, quoted: false });
      at += 1;
    }
  }
  return tokens;
}

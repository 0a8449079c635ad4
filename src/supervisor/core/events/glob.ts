/**
 * Matches patterns like fnmatch(3) without flags, as Upstart does for event variables (section 3.2). `*` and
 * `?` also match a slash and a leading dot, `[!x]` and `[^x]` negate, a backslash quotes, and an unclosed
 * bracket is literal.
 */

type Token =
  | { readonly kind: 'text'; readonly character: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly includes: (character: string) => boolean }
  /** a trailing backslash: glibc lets such a pattern match nothing */
  | { readonly kind: 'never' };

export type Glob = (text: string) => boolean;

const CHARACTER_CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /^[A-Za-z0-9]$/,
  alpha: /^[A-Za-z]$/,
  blank: /^[ \t]$/,
  cntrl: /^[\x00-\x1f\x7f]$/,
  digit: /^[0-9]$/,
  graph: /^[\x21-\x7e]$/,
  lower: /^[a-z]$/,
  print: /^[\x20-\x7e]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[ \t\n\v\f\r]$/,
  upper: /^[A-Z]$/,
  xdigit: /^[A-Fa-f0-9]$/,
};

/** Compiles a pattern. Most operands are plain text, which is compared directly. */
export function compileGlob(pattern: string): Glob {
  if (!/[*?[\\]/.test(pattern)) return (text) => text === pattern;
  const tokens = tokenise(Array.from(pattern));
  return (text) => matches(tokens, Array.from(text));
}

/**
 * Matches with one remembered star: the last star can always take over from earlier ones, so this is linear
 * in practice.
 */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let token = 0;
  let position = 0;
  let afterStar = -1;
  let starEnd = 0;
  while (position < text.length || token < tokens.length) {
    const current = tokens[token];
    if (current?.kind === 'star') {
      token += 1;
      afterStar = token;
      starEnd = position;
    } else if (current !== undefined && position < text.length && matchesOne(current, text[position]!)) {
      token += 1;
      position += 1;
    } else if (afterStar >= 0 && starEnd < text.length) {
      starEnd += 1;
      position = starEnd;
      token = afterStar;
    } else {
      return false;
    }
  }
  return true;
}

function matchesOne(token: Exclude<Token, { kind: 'star' }>, character: string): boolean {
  switch (token.kind) {
    case 'text':
      return token.character === character;
    case 'any':
      return true;
    case 'set':
      return token.includes(character);
    case 'never':
      return false;
  }
}

function tokenise(pattern: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at]!;
    if (character === '*') tokens.push({ kind: 'star' });
    else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '\\') {
      at += 1;
      const quoted = pattern[at];
      tokens.push(quoted === undefined ? { kind: 'never' } : { kind: 'text', character: quoted });
    } else {
      const set = character === '[' ? parseSet(pattern, at + 1) : undefined;
      tokens.push(set?.token ?? { kind: 'text', character });
      if (set !== undefined) at = set.end;
    }
  }
  return tokens;
}

/**
 * Parses `...]` after the opening bracket. `end` is the position of the closing bracket; undefined if there
 * is none.
 */
function parseSet(pattern: readonly string[], start: number): { token: Token; end: number } | undefined {
  let at = start;
  const negated = pattern[at] === '!' || pattern[at] === '^';
  if (negated) at += 1;
  const members: ((character: string) => boolean)[] = [];
  for (let first = true; ; first = false) {
    if (pattern[at] === undefined) return undefined;
    if (pattern[at] === ']' && !first) break;
    const member = parseMember(pattern, at);
    if (member === undefined) return undefined;
    members.push(member.includes);
    at = member.next;
  }
  const includes = (character: string): boolean => members.some((member) => member(character)) !== negated;
  return { token: { kind: 'set', includes }, end: at };
}

/** Parses one member of a set: `[:class:]`, a character, or a range of two. */
function parseMember(
  pattern: readonly string[],
  at: number,
): { includes: (character: string) => boolean; next: number } | undefined {
  if (pattern[at] === '[' && pattern[at + 1] === ':') {
    const close = pattern.indexOf(':', at + 2);
    const known =
      close > 0 && pattern[close + 1] === ']'
        ? CHARACTER_CLASSES[pattern.slice(at + 2, close).join('')]
        : undefined;
    if (known !== undefined) return { includes: (character) => known.test(character), next: close + 2 };
  }
  const from = parseCharacter(pattern, at);
  if (from === undefined) return undefined;
  if (pattern[from.next] === '-' && pattern[from.next + 1] !== undefined && pattern[from.next + 1] !== ']') {
    const to = parseCharacter(pattern, from.next + 1);
    if (to === undefined) return undefined;
    return {
      includes: (character) => character >= from.character && character <= to.character,
      next: to.next,
    };
  }
  return { includes: (character) => character === from.character, next: from.next };
}

function parseCharacter(
  pattern: readonly string[],
  at: number,
): { character: string; next: number } | undefined {
  const quoted = pattern[at] === '\\';
  const character = pattern[quoted ? at + 1 : at];
  return character === undefined ? undefined : { character, next: at + (quoted ? 2 : 1) };
}

import { listWords } from '../stanzas/argument.js';
import { ConfLexer } from './lexer.js';
import type { Draft } from '../draft.js';
import { parseExpression } from '../expression/parser.js';
import { Refusal, type JobFileWarning } from '../job-file-error.js';
import { peerHintForConf, peerSection } from '../stanzas/peer-words.js';
import { BYTE_ORDER_MARK, foundWord, readArguments, readList } from '../stanzas/read-values.js';
import type { Stanza } from '../stanzas/stanza.js';
import {
  beginsLongerName,
  familyOf,
  stanzaSpelledOtherwise,
  FIRST_WORDS,
  type Family,
} from '../stanzas/table.js';

/** A warning without its file, which the parsers do not know. */
export type Hint = Omit<JobFileWarning, 'file'>;

/** A stanza and its position, for the linter. */
export interface SeenStanza {
  readonly stanza: Stanza;
  readonly line: number;
}

export interface ParsedStanzas {
  readonly seen: readonly SeenStanza[];
  /** lines on which a `#` cuts a word */
  readonly cutWords: readonly number[];
  /** warnings of the parser itself */
  readonly remarks?: readonly Hint[];
}

/**
 * Parses stanzas in Upstart's syntax into a draft; also those of an override, into the draft of the
 * overridden class.
 *
 * @param text the whole file
 * @throws Refusal for the first error, with the line that Upstart would report
 */
export function parseConf(text: string, draft: Draft): ParsedStanzas {
  refuseNul(text);
  const lexer = new ConfLexer(text);
  const seen: SeenStanza[] = [];
  while (!lexer.atEnd) {
    lexer.skipIndentation();
    if (!lexer.hasToken()) {
      lexer.skipLine();
      continue;
    }
    const line = lexer.line;
    const stanza = takeName(lexer);
    readBody(lexer, stanza, draft);
    seen.push({ stanza, line });
  }
  return { seen, cutWords: lexer.cutWords };
}

/**
 * Rejects NUL, which no argument and no environment can contain (execve(2)); Upstart silently cuts the text
 * there.
 */
function refuseNul(text: string): void {
  const at = text.indexOf('\0');
  if (at === -1) return;
  const line = text.slice(0, at).split('\n').length;
  throw new Refusal({ line, message: 'Unexpected token', found: 'a NUL byte', expected: 'text' });
}

function takeName(lexer: ConfLexer): Stanza {
  const word = lexer.keyword('a stanza');
  const family = familyOf(word);
  // the line after the word, as in Upstart: it has already looked for the next word
  if (family === undefined) {
    throw unknown({
      line: lexer.line,
      word,
      expected: 'a stanza',
      known: FIRST_WORDS,
      hint: hintFor(word, lexer),
    });
  }
  return takeSecondWord(lexer, word, family);
}

function takeSecondWord(lexer: ConfLexer, first: string, family: Family): Stanza {
  const { alone, bySecondWord } = family;
  if (bySecondWord.size === 0) return alone!;
  if (alone !== undefined && !lexer.hasToken()) return alone;
  const start = lexer.mark();
  const expected = (alone === undefined ? '' : 'the end of the line, or ') + listWords(bySecondWord.keys());
  let second = lexer.keyword(expected);
  while (beginsLongerName(family, second) && lexer.hasToken()) second += ` ${lexer.keyword(expected)}`;
  const stanza = bySecondWord.get(second);
  if (stanza !== undefined) return stanza;
  if (alone === undefined || alone.body.kind === 'flag') {
    const hint = second === '=' ? NATIVE_SYNTAX : peerHintForConf(first);
    throw unknown({
      line: start.line,
      word: second,
      expected: `${expected} behind \`${first}\``,
      known: bySecondWord.keys(),
      hint,
    });
  }
  lexer.rewind(start);
  return alone;
}

interface UnknownWord {
  readonly line: number;
  readonly word: string;
  readonly expected: string;
  readonly known: Iterable<string>;
  readonly hint: string | undefined;
}

function unknown({ line, word, expected, known, hint }: UnknownWord): Refusal {
  // with a hint, a guess is not needed
  const isExplained = hint !== undefined && hint !== NATIVE_SYNTAX;
  const refused = { line, message: 'Unknown stanza', ...foundWord(word, isExplained ? [] : known), expected };
  return new Refusal(hint === undefined ? refused : { ...refused, hint });
}

export const NATIVE_SYNTAX =
  'this is the syntax of `.ini` files: in a `.conf` file there is no `=` behind a stanza';

/** Returns a hint for a word that begins no stanza. */
function hintFor(word: string, lexer: ConfLexer): string | undefined {
  if (word.startsWith(BYTE_ORDER_MARK)) return 'save the file without a byte order mark';
  const section = /^\[(.*)\]$/.exec(word);
  if (section !== null) return peerSection(section[1]!) ?? NATIVE_SYNTAX;
  if (word === 'end') return 'no block begins above this line: a line `script` does';
  const [name = '', value] = word.split('=', 2);
  const meant = peerHintForConf(name);
  if (meant !== undefined) return meant;
  if (value !== undefined || lexer.peek() === '=') return NATIVE_SYNTAX;
  const spelled = stanzaSpelledOtherwise(name);
  return spelled === undefined ? undefined : `here this is \`${spelled}\``;
}

function readBody(lexer: ConfLexer, stanza: Stanza, draft: Draft): void {
  const { body } = stanza;
  switch (body.kind) {
    case 'word':
      body.apply(draft);
      return;
    case 'flag':
      body.apply(draft, true);
      lexer.endOfLine();
      return;
    case 'arguments':
      apply(lexer, () => body.apply(draft, readArguments(lexer, body.arguments)));
      lexer.endOfLine();
      return;
    case 'list':
      apply(lexer, () => body.apply(draft, readList(lexer, body.of)));
      lexer.endOfLine();
      return;
    case 'command':
      draft.processes[body.process] = { exec: lexer.command('a command') };
      return;
    case 'line':
      body.apply(draft, { exec: lexer.command('a command') });
      return;
    case 'script':
      draft.processes[body.process] = { script: lexer.scriptBlock() };
      return;
    case 'expression':
      draft[body.field] = parseExpression(lexer);
      return;
  }
}

/** Runs `act`, and adds the lexer's line to errors: stanzas do not know lines. */
function apply(lexer: ConfLexer, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal && error.refused.line === 0) {
      throw new Refusal({ ...error.refused, line: lexer.line });
    }
    throw error;
  }
}

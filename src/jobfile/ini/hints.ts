/** Hints for invalid lines of an `.ini` file: what to write instead. Pure. */
import type { Hint } from '../conf/parser.js';
import { listWords } from '../stanzas/argument.js';
import { peerHint, peerSection } from '../stanzas/peer-words.js';
import type { Stanza } from '../stanzas/stanza.js';
import { stanzaAtHead, stanzaSpelledOtherwise, type Family } from '../stanzas/table.js';
import type { IniEntry } from './scanner.js';

export const SCRIPT_LINES =
  'an `.ini` file has no script blocks: each line of a script is a line `script[] = ...`';

export const MARK_SKIPPED: Hint = {
  line: 1,
  message: 'the file begins with a byte order mark, which foster passes over',
  note: true,
};

/** Returns the key as written, without the section that the scanner prepends. */
export function writtenKey({ key, section }: Pick<IniEntry, 'key' | 'section'>): string {
  return section === '' ? key : key.slice(section.length + 1);
}

/** Returns the effective key: sections of unit files and of supervisord do not count. */
export function keyOf(entry: Pick<IniEntry, 'key' | 'section'>): string {
  return peerSection(entry.section) !== undefined ? writtenKey(entry) : entry.key;
}

/**
 * Returns a hint for an unknown word: a word of another program, another spelling, or the end of a script
 * block of `.conf`.
 */
export function hintForWord(entry: IniEntry): string | undefined {
  const own = writtenKey(entry);
  if (/^end\s+script$/.test(own)) return SCRIPT_LINES;
  const [first = '', second] = own.split(/\s+/);
  const colon = /^([\w-]+):$/.exec(first);
  if (colon !== null) {
    const meant = hintForName(colon[1]!) ?? '`foster import` makes job files of a Procfile or of YAML';
    return `a line is written \`NAME = VALUE\`: ${meant}`;
  }
  // other programs write `memory_limit` and people `memory limit`
  return hintForName(own.replaceAll(/\s+/g, '')) ?? (second === undefined ? undefined : hintForName(first));
}

function hintForName(word: string): string | undefined {
  const spelled = stanzaSpelledOtherwise(word);
  return peerHint(word) ?? (spelled === undefined ? undefined : `here this is \`${spelled}\``);
}

/**
 * Returns the correct line for a misplaced `=` in a stanza with several words: `ready = log up` instead of
 * `ready log = up`. Undefined if the value does not continue a name.
 */
export function misplacedEquals({ key, value }: IniEntry): string | undefined {
  const before = key.split(/\s+/);
  const words = [...before, ...(value ?? '').split(/\s+/).filter((word) => word !== '')];
  const found = stanzaAtHead(words);
  if (found === undefined || found.count <= before.length) return undefined;
  const { stanza, count } = found;
  const rest = words.slice(count).join(' ');
  return `write \`${stanza.name} = ${rest === '' ? exampleOf(stanza) : rest}\``;
}

/** Returns what `env = NAME VALUE` should be; undefined for other lines. */
export function spacedVariable({ key, value = '' }: IniEntry): string | undefined {
  const [, name, rest] = /^([A-Za-z_]\w*)\s+(\S.*)$/.exec(value) ?? [];
  return key === 'env' && name !== undefined ? `write \`env = ${name}=${rest}\`` : undefined;
}

/** Stanzas that a file can hardly do without: below `[env]` they are variables. */
const NEVER_VARIABLES = ['exec', 'respawn', 'script', 'start on', 'stop on', 'setuid', 'setgid', 'task'];

/** Returns what to do with a stanza that has slipped into the section `[env]`. */
export function stanzaInEnv(entry: IniEntry): string | undefined {
  if (entry.section !== 'env' || !NEVER_VARIABLES.includes(writtenKey(entry))) return undefined;
  return 'each line below `[env]` is a variable: write stanzas above the section';
}

function exampleOf({ body }: Stanza): string {
  return body.kind === 'flag' || body.kind === 'word' ? 'true' : '...';
}

/** Lists the second words that a stanza may have, if there are few. */
export function secondWords(
  first: string,
  { bySecondWord }: Family,
): { keys: readonly string[]; expected: string } {
  const keys = [...bySecondWord.keys()];
  return { keys, expected: `${listWords(keys)} behind \`${first}\`` };
}

/**
 * The stanzas of both forms of job file: the single table behind the parsers, the linter, the writers, the
 * JSON schema and the reference page. Each topic has its own file.
 */
import type { Argument } from './argument.js';
import type { Stanza } from './stanza.js';
import { ABOUT } from './about.js';
import { ENDING } from './ending.js';
import { ENVIRONMENT } from './environment.js';
import { HEALTH } from './health.js';
import { OUTPUT } from './output.js';
import { PROCESS_STANZAS } from './processes.js';
import { READINESS } from './readiness.js';
import { STARTING } from './starting.js';
import { SURROUNDINGS } from './surroundings.js';

export const STANZAS: readonly Stanza[] = [
  ...ABOUT,
  ...STARTING,
  ...READINESS,
  ...HEALTH,
  ...ENVIRONMENT,
  ...PROCESS_STANZAS,
  ...ENDING,
  ...OUTPUT,
  ...SURROUNDINGS,
];

const BY_NAME = new Map(STANZAS.map((stanza) => [stanza.name, stanza]));

/** The stanzas that begin with a word: one of that name, and others by their second word. */
export interface Family {
  readonly alone?: Stanza;
  /** by all words after the first one, mostly a single one */
  readonly bySecondWord: ReadonlyMap<string, Stanza>;
}

const FAMILIES = new Map<string, Family>();
for (const first of new Set(STANZAS.map((stanza) => stanza.name.split(' ')[0]!))) {
  const alone = BY_NAME.get(first);
  const members = STANZAS.filter((stanza) => stanza.name.startsWith(`${first} `));
  const bySecondWord = new Map(members.map((stanza) => [stanza.name.slice(first.length + 1), stanza]));
  FAMILIES.set(first, alone === undefined ? { bySecondWord } : { alone, bySecondWord });
}

/** Tests whether these words after a first one begin a longer stanza name (`health start period`). */
export function beginsLongerName({ bySecondWord }: Family, words: string): boolean {
  return !bySecondWord.has(words) && [...bySecondWord.keys()].some((name) => name.startsWith(`${words} `));
}

const MOST_WORDS = Math.max(...STANZAS.map(({ name }) => name.split(' ').length));

/** Returns the stanza with the longest name that these words begin with, and its number of words. */
export function stanzaAtHead(words: readonly string[]): { stanza: Stanza; count: number } | undefined {
  for (let count = Math.min(MOST_WORDS, words.length); count > 0; count -= 1) {
    const stanza = BY_NAME.get(words.slice(0, count).join(' '));
    if (stanza !== undefined) return { stanza, count };
  }
  return undefined;
}

/** Returns the stanzas with this first word. */
export function familyOf(firstWord: string): Family | undefined {
  return FAMILIES.get(firstWord);
}

/** Tests whether this word, unquoted after the name of a stanza, would begin another one: `env file`. */
export function isSecondWord({ name }: Stanza, word: string): boolean {
  return FAMILIES.get(name)?.bySecondWord.has(word) ?? false;
}

/** All names in lower case, without separators of their words. */
const BY_SOUND = new Map(STANZAS.map(({ name }) => [soundOf(name), name]));

/**
 * Returns the stanza that somebody means who joins or separates its words differently: `start-on`,
 * `prestart`, `killTimeout`.
 */
export function stanzaSpelledOtherwise(word: string): string | undefined {
  const name = BY_SOUND.get(soundOf(word));
  return name === word ? undefined : name;
}

function soundOf(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** First words of all stanzas. */
export const FIRST_WORDS: readonly string[] = [...FAMILIES.keys()];

/** Returns the arguments of a stanza with any body. */
export function argumentsOf(stanza: Stanza): readonly Argument[] {
  if (stanza.body.kind === 'arguments') return stanza.body.arguments;
  return stanza.body.kind === 'list' ? [stanza.body.of] : [];
}

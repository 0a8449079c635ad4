/** What to write instead of a line of an `.ini` file that is not as it has to be. Pure. */
import { peerHint, peerSection } from '../stanzas/peer-words.js';
import type { Stanza } from '../stanzas/stanza.js';
import { stanzaAtHead, stanzaSpelledOtherwise } from '../stanzas/table.js';
import type { IniEntry } from './scanner.js';

export const SCRIPT_LINES =
  'an `.ini` file has no script blocks: each line of a script is a line `script[] = ...`';

/** The key as it is written, without the section that the scanner puts before it. */
export function writtenKey({ key, section }: Pick<IniEntry, 'key' | 'section'>): string {
  return section === '' ? key : key.slice(section.length + 1);
}

/** The key that counts: sections of unit files and of supervisord are no part of it. */
export function keyOf(entry: Pick<IniEntry, 'key' | 'section'>): string {
  return peerSection(entry.section) !== undefined ? writtenKey(entry) : entry.key;
}

/** For what begins no stanza: a word of another program, another spelling, or the end of a script block of `.conf`. */
export function hintForWord(entry: IniEntry): string | undefined {
  const own = writtenKey(entry);
  if (/^end\s+script$/.test(own)) return SCRIPT_LINES;
  const [first = '', second] = own.split(/\s+/);
  const colon = /^([\w-]+):$/.exec(first);
  if (colon !== null) {
    const meant = hintForName(colon[1]!) ?? '`foster import` makes job files of a Procfile or of YAML';
    return `a line is written \`NAME = VALUE\`: ${meant}`;
  }
  return hintForName(own) ?? (second === undefined ? undefined : hintForName(first));
}

function hintForName(word: string): string | undefined {
  const spelled = stanzaSpelledOtherwise(word);
  return peerHint(word) ?? (spelled === undefined ? undefined : `here this is \`${spelled}\``);
}

/**
 * A stanza whose name has several words, with the `=` between them: `ready = log up` instead of `ready log = up`. Undefined
 * where the value does not go on with a name.
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

function exampleOf({ body }: Stanza): string {
  return body.kind === 'flag' || body.kind === 'word' ? 'true' : '...';
}

import { unsafe } from 'ini';
import { trimBlanks } from '../conf/lexer.js';

/** One line `key = value` of an `.ini` file. */
export interface IniEntry {
  readonly line: number;
  /** section and key joined: `kill timeout`; empty for a section line */
  readonly key: string;
  readonly section: string;
  /** written as `key[]`: one of several values */
  readonly list: boolean;
  /** undefined for a key without value */
  readonly value: string | undefined;
  /** blanks before the value except the first one; lines of a script keep them */
  readonly indentation: string;
}

/**
 * Returns the entries of an `.ini` file with their lines, in order and with repeats, which the `ini` package
 * does not report. Only whole lines are comments: a `;` or `#` inside a value belongs to it, so that commands
 * can be written unchanged. For the same reason a backslash outside quotes is literal.
 */
export function scanIni(text: string): readonly IniEntry[] {
  const entries: IniEntry[] = [];
  let section = '';
  // editors on Windows begin a file with a byte order mark
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    const line = trimBlanks(raw);
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const heading = /^\[([^\]]*)\]$/.exec(line);
    if (heading !== null) {
      section = unquote(trimBlanks(heading[1]!));
      entries.push({ line: index + 1, key: '', section, list: false, value: undefined, indentation: '' });
      continue;
    }
    entries.push({ line: index + 1, section, ...splitEntry(line, section) });
  }
  return entries;
}

function splitEntry(line: string, section: string): Pick<IniEntry, 'key' | 'list' | 'value' | 'indentation'> {
  const equals = line.indexOf('=');
  const written = unquote(trimBlanks(equals === -1 ? line : line.slice(0, equals)));
  const list = written.length > 2 && written.endsWith('[]');
  const own = list ? trimBlanks(written.slice(0, -2)) : written;
  const raw = equals === -1 ? '' : line.slice(equals + 1);
  const trimmed = trimBlanks(raw);
  const value = unquote(trimmed);
  return {
    key: section === '' || own === '' ? own : `${section} ${own}`,
    list,
    value: equals === -1 ? undefined : value,
    // quotes mark the start of a value; without them the first blank belongs to the `=`
    indentation: value === trimmed ? (/^[ \t]?([ \t]*)/.exec(raw)?.[1] ?? '') : '',
  };
}

/**
 * Removes the quotes of a completely quoted value. Double quotes allow JSON's escapes, as in `ini`; single
 * quotes change nothing.
 */
export function unquote(raw: string): string {
  if (/^'[^']*'$/.test(raw)) return raw.slice(1, -1);
  if (!/^"(?:[^"\\]|\\.)*"$/.test(raw)) return raw;
  const value: unknown = unsafe(raw);
  // `ini` does not change invalid JSON, such as a tab or an unknown escape
  return typeof value === 'string' && value !== raw ? value : raw.slice(1, -1);
}

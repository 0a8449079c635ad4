import { unsafe } from 'ini';
import { trimBlanks } from '../conf/lexer.js';

/** One line `key = value` of an `.ini` file. */
export interface IniEntry {
  readonly line: number;
  /** section and key as one: `kill timeout`; empty for the line that begins a section */
  readonly key: string;
  readonly section: string;
  /** written as `key[]`: one of several */
  readonly list: boolean;
  /** undefined for a key alone */
  readonly value: string | undefined;
  /** blanks before the value but for the first one, which lines of a script keep */
  readonly indentation: string;
}

/**
 * The entries of an `.ini` file with their lines, in order and with repeats, all of which the `ini` package does not
 * tell. Only whole lines are comments: a `;` or `#` inside a value belongs to it, so that commands can be written as they
 * are. For the same reason a backslash outside quotes is a backslash.
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
    // quotes say where a value begins; without them the first blank belongs to the `=`
    indentation: value === trimmed ? (/^[ \t]?([ \t]*)/.exec(raw)?.[1] ?? '') : '',
  };
}

/**
 * A value that is in quotes as a whole loses them. In double quotes the escapes of JSON count, as `ini` has it; single
 * ones leave everything as it is.
 */
export function unquote(raw: string): string {
  if (/^'[^']*'$/.test(raw)) return raw.slice(1, -1);
  if (!/^"(?:[^"\\]|\\.)*"$/.test(raw)) return raw;
  const value: unknown = unsafe(raw);
  // `ini` leaves alone what is not JSON, such as a tab or an unknown escape
  return typeof value === 'string' && value !== raw ? value : raw.slice(1, -1);
}

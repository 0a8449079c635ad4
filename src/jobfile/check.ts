import { basename } from 'node:path';
import { whyUnreadable } from '../kernel/files/read-file.js';
import { NATIVE_SYNTAX, parseConf, type ParsedStanzas } from './conf/parser.js';
import { finish, newDraft, type Draft, type Syntax } from './draft.js';
import { readJobFile } from './files/directory-reader.js';
import { parseIni } from './ini/parser.js';
import type { JobClass } from './job-class/job-class.js';
import { Refusal, type JobFileError, type JobFileWarning, type Refused } from './job-file-error.js';
import { lint, lintLineEnds } from './lint.js';

/** The result of checking a text: a job class, or errors. */
export type Checked =
  | {
      readonly ok: true;
      readonly class: JobClass;
      readonly warnings: readonly JobFileWarning[];
      /** the position of each stanza */
      readonly stanzas: readonly PlacedStanza[];
    }
  | { readonly ok: false; readonly errors: readonly [JobFileError, ...JobFileError[]] };

/** Returns the syntax for a file name: `.ini` is the native one, everything else is Upstart's. */
export function syntaxOf(path: string): Syntax {
  return path.endsWith('.ini') ? 'ini' : 'conf';
}

/**
 * Parses one job file. A `.conf` text has at most one error, because Upstart stops at the first; an `.ini`
 * text may have several.
 *
 * @param text the whole file
 * @param name the job's name
 * @param syntax which of the two forms
 * @param path where the text comes from, for messages; the name, if there is no file
 */
export function checkText(text: string, name: string, syntax: Syntax, path = name): Checked {
  const draft = newDraft(name, { path, syntax });
  const { parsed, errors } = syntax === 'ini' ? readIni(text, draft) : readConf(text, draft);
  const [first, ...others] = errors.map((refused): JobFileError => ({ file: path, ...refused }));
  if (first !== undefined) return { ok: false, errors: [first, ...others] };
  return {
    ok: true,
    class: finish(draft),
    warnings: [...lintLineEnds(text), ...lint(parsed)].map((hint) => ({ file: path, ...hint })),
    stanzas: placed(parsed, path),
  };
}

/** Adds a hint if a line of a `.conf` file has the native form `stanza = value`. */
function withHint(refused: Refused, text: string): Refused {
  const isNative = /^[ \t]*[a-z][a-z -]*[ \t]=(?:[ \t]|$)/.test(text.split('\n')[refused.line - 1] ?? '');
  return refused.hint === undefined && isNative ? { ...refused, hint: NATIVE_SYNTAX } : refused;
}

/** A stanza in a file or in its override; errors about its value are reported there. */
export interface PlacedStanza {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

export function placed({ seen }: ParsedStanzas, file: string): readonly PlacedStanza[] {
  return seen.map(({ stanza, line }) => ({ name: stanza.name, file, line }));
}

interface Reading {
  readonly parsed: ParsedStanzas;
  readonly errors: readonly Refused[];
}

function readIni(text: string, draft: Draft): Reading {
  const parsed = parseIni(text, draft);
  return { parsed, errors: parsed.errors };
}

/** Parses stanzas in Upstart's syntax into a draft, and returns errors instead of throwing them. */
export function readConf(text: string, draft: Draft): Reading {
  try {
    return { parsed: parseConf(text, draft), errors: [] };
  } catch (error) {
    if (error instanceof Refusal)
      return { parsed: { seen: [], cutWords: [] }, errors: [withHint(error.refused, text)] };
    throw error;
  }
}

/**
 * Parses one job file from disk. An unreadable file is an error like any other (line 0).
 *
 * @param name the job's name, if different from the file's
 */
export function checkFile(
  path: string,
  name = basename(path).replace(/\.(?:conf|ini|override)$/, ''),
): Checked {
  let text: string;
  try {
    text = readJobFile(path);
  } catch (error) {
    return { ok: false, errors: [unreadable(path, error)] };
  }
  return checkText(text, name, syntaxOf(path), path);
}

/** Returns the error of an unreadable file or directory. */
export function unreadable(path: string, error: unknown): JobFileError {
  return { file: path, line: 0, message: `Cannot be read: ${whyUnreadable(error)}` };
}

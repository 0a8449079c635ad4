import { ConfLexer, isEndOfScript, scriptText, trimBlanks } from '../conf/lexer.js';
import type { Hint, ParsedStanzas, SeenStanza } from '../conf/parser.js';
import type { Draft } from '../draft.js';
import { parseExpression } from '../expression/parser.js';
import { iniCommand } from './command.js';
import { scanIni, type IniEntry } from './scanner.js';
import { Refusal, type Refused } from '../job-file-error.js';
import type { CommandText, ProcessName } from '../job-class/job-class.js';
import { peerSection } from '../stanzas/peer-words.js';
import {
  hintForWord,
  keyOf,
  MARK_SKIPPED,
  misplacedEquals,
  SCRIPT_LINES,
  secondWords,
  spacedVariable,
  stanzaInEnv,
  writtenKey,
} from './hints.js';
import { BYTE_ORDER_MARK, decode, foundWord, readArguments, readList } from '../stanzas/read-values.js';
import type { Stanza } from '../stanzas/stanza.js';
import { beginsLongerName, familyOf, FIRST_WORDS } from '../stanzas/table.js';

const YES = ['true', 'yes', 'on'];
const NO = ['false', 'no', 'off'];

interface ParsedIni extends ParsedStanzas {
  /** in the order of their lines; with errors, the draft is unusable */
  readonly errors: readonly Refused[];
}

/**
 * Parses stanzas in the native syntax into a draft (docs/stanzas.md). Unlike in `.conf`, every line is
 * independent, so all errors are reported at once.
 */
export function parseIni(text: string, draft: Draft): ParsedIni {
  const parser = new IniParser(draft);
  const errors: Refused[] = [];
  for (const entry of scanIni(text)) {
    try {
      parser.take(entry);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // the lexer counts lines inside the value, and a stanza does not count any
      errors.push({ ...error.refused, line: entry.line });
    }
  }
  parser.finishScripts();
  const remarks = [...(text.startsWith(BYTE_ORDER_MARK) ? [MARK_SKIPPED] : []), ...parser.remarks];
  return { seen: parser.seen, cutWords: [], remarks, errors };
}

class IniParser {
  readonly seen: SeenStanza[] = [];
  readonly remarks: Hint[] = [];
  readonly #draft: Draft;
  /** scripts arrive one line at a time */
  readonly #scripts = new Map<ProcessName, string[]>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  take(entry: IniEntry): void {
    if (entry.key === '') {
      if (entry.value !== undefined) throw refuse('Expected token', '`=`', 'a stanza before it');
      checkSection(entry);
      return;
    }
    refuseLineBreak(entry.key);
    try {
      const { stanza, rest } = findStanza(entry);
      this.#read(entry, stanza, rest);
      this.seen.push({ stanza, line: entry.line });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const hint = misplacedEquals(entry);
      throw hint === undefined ? error : withHint(error, hint);
    }
    this.#remarkEquals(entry);
  }

  /** Warns about lines that set a variable by mistake: `env = inherit`, `env = A B`, or a stanza below `[env]`. */
  #remarkEquals(entry: IniEntry): void {
    const hint =
      entry.section === '' ? (misplacedEquals(entry) ?? spacedVariable(entry)) : stanzaInEnv(entry);
    if (hint !== undefined)
      this.remarks.push({
        line: entry.line,
        message: `this sets \`${writtenKey(entry)}\` to "${entry.value ?? ''}"`,
        remedy: hint,
      });
  }

  finishScripts(): void {
    for (const [process, lines] of this.#scripts)
      this.#draft.processes[process] = { script: scriptText(lines) };
  }

  #read(entry: IniEntry, stanza: Stanza, rest: string): void {
    const { body } = stanza;
    if (rest !== '' && body.kind !== 'arguments') throw misplaced(entry, stanza, rest);
    if (entry.list && stanza.accumulates !== true && body.kind !== 'script') {
      throw refuse('Unexpected token', '`[]`', `\`${stanza.name}\` once, since it does not add up`);
    }
    switch (body.kind) {
      case 'word':
        if (takesEffect(entry)) body.apply(this.#draft);
        return;
      case 'flag':
        body.apply(this.#draft, takesEffect(entry));
        return;
      case 'command':
        this.#addCommand(entry, body.process);
        return;
      case 'line':
        body.apply(this.#draft, this.#command(entry));
        return;
      case 'script':
        this.#addScript(entry, body.process);
        return;
      case 'expression':
        this.#draft[body.field] = parseExpression(valueLexer(entry, 'an event'));
        return;
      case 'list':
        body.apply(this.#draft, readList(valueLexer(entry, body.of.expected), body.of));
        return;
      case 'arguments':
        body.apply(this.#draft, argumentValues(entry, body.arguments, rest));
        return;
    }
  }

  #addCommand(entry: IniEntry, process: ProcessName): void {
    this.#draft.processes[process] = this.#command(entry);
    this.#scripts.delete(process);
  }

  #command(entry: IniEntry): CommandText {
    const read = iniCommand(commandOf(entry));
    if (read.kind === 'program') return read.command;
    const message =
      read.kind === 'list'
        ? 'these are several commands: the shell runs them, as `sh -c` does'
        : `\`${read.variables.join(' ')}\` is set for the command by the shell`;
    const remedy = read.kind === 'list' ? 'a script says the same' : 'a section [env] says the same';
    this.remarks.push({ line: entry.line, message, remedy, note: true });
    return read.command;
  }

  /** Adds to a script: `script = TEXT` is the whole script, `script[] = LINE` one more line. */
  #addScript(entry: IniEntry, process: ProcessName): void {
    const text = entry.value === undefined ? '' : entry.indentation + entry.value;
    if (isEndOfScript(text))
      throw refuse(
        'Unexpected token',
        '`end script`',
        'another line: it would end the script in a `.conf` file',
      );
    refuseLineBreak(text);
    const before = entry.list ? (this.#scripts.get(process) ?? []) : [];
    this.#scripts.set(process, [...before, ...(entry.list || text !== '' ? [text] : [])]);
  }
}

const NO_SECTION = 'a section named like the first words of a stanza';

/** Checks a section. It is a prefix of its keys, so a stanza must begin with it. */
function checkSection({ section }: IniEntry): void {
  const [first = '', second] = section.split(/\s+/);
  const family = familyOf(first);
  const peer = peerSection(section);
  if (peer !== undefined) throw unknown(section, NO_SECTION, [], peer);
  if (family === undefined) throw unknown(section, NO_SECTION, FIRST_WORDS);
  const isKnown = second === undefined || family.bySecondWord.has(second) || beginsLongerName(family, second);
  if (second !== undefined && family.alone === undefined && !isKnown) {
    const { keys, expected } = secondWords(first, family);
    throw unknown(second, expected, keys);
  }
}

/** Finds the stanza with the longest name that begins the key, and returns the rest of the key. */
function findStanza(entry: IniEntry): { stanza: Stanza; rest: string } {
  const key = keyOf(entry);
  const [first, ...others] = key.split(/\s+/).filter((word) => word !== '');
  const family = first === undefined ? undefined : familyOf(first);
  if (family === undefined) throw unknown(first ?? key, 'a stanza', FIRST_WORDS, hintForWord(entry));
  let [second = ''] = others;
  let count = 1;
  for (; beginsLongerName(family, second) && count < others.length; count += 1)
    second += ` ${others[count]!}`;
  // in its section every key of `env` with a value is a variable, whatever its name
  const member =
    entry.section === 'env' && entry.value !== undefined ? undefined : family.bySecondWord.get(second);
  if (member !== undefined) return { stanza: member, rest: others.slice(count).join(' ') };
  if (family.alone === undefined) {
    const hint = hintForWord(entry);
    // `user = nobody`: the mistake is the word `user`, although there are stanzas that begin with it (`user environment`)
    if (second === '' && hint !== undefined) throw unknown(first!, 'a stanza', [], hint);
    const { keys, expected } = secondWords(first!, family);
    throw unknown(second, expected, keys, hint);
  }
  return { stanza: family.alone, rest: key.slice(first!.length).trim() };
}

function argumentValues(
  entry: IniEntry,
  list: Extract<Stanza['body'], { kind: 'arguments' }>['arguments'],
  rest: string,
): readonly unknown[] {
  const [only, ...others] = list;
  if (only !== undefined && others.length === 0 && only.words === undefined) {
    // a single value is the whole text, including blanks
    return [decode(only, wholeValue(entry, rest, only.expected), entry.line)];
  }
  const before = rest === '' ? [] : rest.split(/\s+/);
  if (before.length > list.length) throw refuse('Unexpected token', `"${before[list.length]!}"`, '`=`');
  const missing = list[before.length];
  const mayEnd = missing === undefined || missing.optional === true;
  const lexer =
    mayEnd && (entry.value ?? '') === ''
      ? new ConfLexer('')
      : valueLexer(entry, missing?.expected ?? 'nothing');
  const values = readArguments(lexer, list, before);
  lexer.endOfLine();
  return values;
}

/** Returns the value of `env = KEY=VALUE` and, in the section `env`, of `KEY = VALUE` or `KEY`. */
function wholeValue(entry: IniEntry, rest: string, expected: string): string {
  const value = entry.value ?? '';
  refuseLineBreak(value);
  if (rest !== '') return entry.value === undefined ? rest : `${rest}=${value}`;
  if (value === '') throw refuse('Expected token', 'nothing', expected);
  return value;
}

/** Returns a command in the form of `.conf`, so that both forms can express the same. */
function commandOf(entry: IniEntry): string {
  const value = wholeValue(entry, '', 'a command').replace(/^[ \t\r]+/, '');
  const lexer = new ConfLexer(value);
  const command = lexer.command('a command');
  // trailing blanks do not belong to it, unless escaped: the lexer of `.conf` handles that
  if (trimBlanks(command) !== trimBlanks(value) || !lexer.atEnd) {
    throw refuse('Unexpected token', '`#`', 'quotes around it: in a `.conf` file it would begin a comment');
  }
  return command;
}

function valueLexer(entry: IniEntry, expected: string): ConfLexer {
  const value = entry.value ?? '';
  if (trimBlanks(value) === '') throw refuse('Expected token', 'nothing', expected);
  refuseLineBreak(value);
  return new ConfLexer(value, { comments: false, firstLine: entry.line });
}

function refuseLineBreak(value: string): void {
  if (/[\n\0]/.test(value)) throw refuse('Unexpected token', 'a line break or NUL byte', 'one line of text');
}

function takesEffect({ value }: IniEntry): boolean {
  if (value === undefined || YES.includes(value)) return true;
  if (NO.includes(value)) return false;
  throw refuse('Unexpected token', `"${value}"`, '`true` or `false`');
}

function refuse(message: string, found: string, expected: string): Refusal {
  return new Refusal({ line: 0, message, found, expected });
}

/** Replaces what was expected by a hint, which is enough. */
function withHint({ refused: { line, message, found } }: Refusal, hint: string): Refusal {
  return new Refusal({ line, message, ...(found !== undefined && found !== 'nothing' && { found }), hint });
}

function unknown(word: string, expected: string, known: Iterable<string>, hint?: string): Refusal {
  // with a hint, a guess is not needed
  const found = word === '' ? { found: 'nothing' } : foundWord(word, hint === undefined ? known : []);
  const refused = { line: 0, message: 'Unknown stanza', ...found, expected };
  return new Refusal(hint === undefined ? refused : { ...refused, hint });
}

/**
 * Reports words between a stanza and its `=`, as in lines of `.conf`: the first `=` of a line ends the
 * stanza's name, so `start on socket PORT=80` would wait for an event called `80`.
 */
function misplaced({ value }: IniEntry, stanza: Stanza, rest: string): Refusal {
  const whole = value === undefined ? rest : `${rest}=${value}`;
  const { name, body } = stanza;
  const hint = body.kind === 'script' ? SCRIPT_LINES : `write \`${name} = ${whole}\``;
  return new Refusal({
    line: 0,
    message: 'Unexpected token',
    found: value === undefined ? `"${rest}"` : `"${rest}" before a \`=\``,
    expected: `\`${name} = ...\``,
    hint,
  });
}

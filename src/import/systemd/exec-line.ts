/** Command lines of systemd.service(5): prefixes, `;` between commands, `$X` and `${X}`. They become lines of the shell. Pure. */
import { literalOf, pieceWord, type Piece } from '../shell-text.js';
import { expandSpecifiers } from './specifiers.js';
import type { UnitName } from './unit-name.js';
import { unitWords, type UnitWord } from './unit-words.js';

export interface ExecCommand {
  /** for the shell, quoted as far as needed */
  readonly line: string;
  /** the program, where it can be told */
  readonly program: string | undefined;
  /** the words with their variables as written, for commands that mean something to an importer (`kill -HUP $MAINPID`) */
  readonly words: readonly string[];
  /** `-` */
  readonly ignoresFailure: boolean;
  /** `@`: the word behind the program is its argv[0] */
  readonly argv0: string | undefined;
  /** `+`, `!` or `!!`: with more rights than the unit's user has */
  readonly privilege: '' | '+' | '!' | '!!';
  /** `|`: by the login shell of the user */
  readonly byLoginShell: boolean;
}

export type ExecLine =
  | { readonly ok: true; readonly commands: readonly ExecCommand[] }
  | { readonly ok: false; readonly why: string };

/** Reads the value of `ExecStart=` and its like; several commands may stand in one. */
export function parseExecLine(value: string, unit: UnitName): ExecLine {
  const words = unitWords(value);
  if (words === undefined) return { ok: false, why: 'a quote is not closed' };
  const groups = split(words);
  if (groups.length === 0) return { ok: false, why: 'there is no command' };
  const commands: ExecCommand[] = [];
  for (const group of groups) {
    const command = readCommand(group, unit);
    if (command === undefined) return { ok: false, why: 'there are prefixes, and no program behind them' };
    commands.push(command);
  }
  return { ok: true, commands };
}

/** A bare `;` as a word of its own ends a command. */
function split(words: readonly UnitWord[]): readonly (readonly UnitWord[])[] {
  const groups: UnitWord[][] = [[]];
  for (const word of words) {
    if (word.bare && word.text === ';') groups.push([]);
    // `\;` as a word is a semicolon
    else groups.at(-1)!.push(!word.bare && word.text === '\\;' ? { ...word, text: ';' } : word);
  }
  return groups.filter((group) => group.length > 0);
}

function readCommand(group: readonly UnitWord[], unit: UnitName): ExecCommand | undefined {
  const [, prefixes = '', path = ''] = /^([-@:+!|]*)(.*)$/s.exec(group[0]!.text) ?? [];
  // a prefix and its program may stand apart: `- /bin/true` is no command
  if (path === '') return undefined;
  const argv0 = prefixes.includes('@') ? group[1]?.text : undefined;
  const args = group.slice(argv0 === undefined ? 1 : 2).map(({ text }) => text);
  const substitutes = !prefixes.includes(':');
  const program = expandSpecifiers(path, unit);
  return {
    line: [programWord(program), ...args.map((text) => argumentWord(text, unit, substitutes))].join(' '),
    program: literalOf(program),
    words: [path, ...args],
    ignoresFailure: prefixes.includes('-'),
    argv0,
    privilege: prefixes.includes('+')
      ? '+'
      : prefixes.includes('!!')
        ? '!!'
        : prefixes.includes('!')
          ? '!'
          : '',
    byLoginShell: prefixes.includes('|'),
  };
}

function programWord(program: readonly Piece[]): string {
  return pieceWord(program, 'program');
}

function argumentWord(text: string, unit: UnitName, substitutes: boolean): string {
  // `$X` as a word of its own is taken apart at its blanks, as the shell does with what is not in quotes
  if (substitutes && /^\$[A-Za-z_]\w*$/.test(text)) return text;
  const pieces = expandSpecifiers(text, unit).flatMap((piece) =>
    'text' in piece && substitutes ? withVariables(piece.text) : [piece],
  );
  return pieceWord(pieces);
}

/** `${X}` is the value as one part of a word, `$$` a dollar sign; `$X` inside a word is text. */
export function withVariables(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let plain = '';
  let at = 0;
  for (const match of text.matchAll(/\$\$|\$\{([A-Za-z_]\w*)\}/g)) {
    plain += text.slice(at, match.index);
    at = match.index + match[0].length;
    if (match[1] === undefined) plain += '$';
    else {
      if (plain !== '') pieces.push({ text: plain });
      plain = '';
      pieces.push({ code: `\${${match[1]}}` });
    }
  }
  plain += text.slice(at);
  if (plain !== '' || pieces.length === 0) pieces.push({ text: plain });
  return pieces;
}

/** The signal that a command sends to the main process, where it does nothing else: `kill -HUP $MAINPID`. */
export function signalToMain({ words }: ExecCommand): string | undefined {
  const [program = '', ...args] = words;
  if (!/^(?:\/usr)?\/bin\/kill$|^kill$/.test(program)) return undefined;
  const isMain = /^\$\{?MAINPID\}?$/;
  const text = args.filter((word) => word !== '--').join(' ');
  const match = /^(?:(?:-s |-n |--signal[ =])(\w+)|-(\w+)|) ?(\S+)$/.exec(text);
  if (match === null || !isMain.test(match[3]!)) return undefined;
  return (match[1] ?? match[2] ?? 'TERM').replace(/^SIG(?=[A-Z])/, '').toUpperCase();
}

/** Does a command name the main process by its number? */
export function usesMainPid({ line }: ExecCommand): boolean {
  return /\$\{?MAINPID\b/.test(line);
}

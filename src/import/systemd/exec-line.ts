/**
 * Converts command lines of systemd.service(5) to lines of shell: prefixes, `;` between commands, `$X` and
 * `${X}`. Pure.
 */
import { literalOf, pieceWord, type Piece } from '../shell-text.js';
import { expandSpecifiers } from './specifiers.js';
import type { UnitName } from './unit-name.js';
import { unitWords, type UnitWord } from './unit-words.js';

export interface ExecCommand {
  /** for the shell, quoted as needed */
  readonly line: string;
  /** the program, if it can be determined */
  readonly program: string | undefined;
  /**
   * the words with their variables as written, for commands that an importer recognizes (`kill -HUP
   * $MAINPID`)
   */
  readonly words: readonly string[];
  /** `-` */
  readonly ignoresFailure: boolean;
  /** `@`: the word after the program is its argv[0] */
  readonly argv0: string | undefined;
  /** `+`, `!` or `!!`: with more privileges than the unit's user */
  readonly privilege: '' | '+' | '!' | '!!';
  /** `|`: by the user's login shell */
  readonly byLoginShell: boolean;
}

type ExecLine =
  | { readonly ok: true; readonly commands: readonly ExecCommand[] }
  | { readonly ok: false; readonly why: string };

/** Parses the value of `ExecStart=` and the like, which may contain several commands. */
export function parseExecLine(value: string, unit: UnitName): ExecLine {
  const words = unitWords(value);
  if (words === undefined) return { ok: false, why: 'a quote is not closed' };
  const groups = split(words);
  if (groups.length === 0) return { ok: false, why: 'there is no command' };
  const commands: ExecCommand[] = [];
  for (const group of groups) {
    const command = readCommand(group, unit);
    if (command === undefined) return { ok: false, why: 'there are prefixes, but no program' };
    commands.push(command);
  }
  return { ok: true, commands };
}

/** Splits at a bare `;`, which ends a command. */
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
  // prefix and program must not be separated: `- /bin/true` is no command
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
  // a bare `$X` is split at its blanks, as the shell does without quotes
  if (substitutes && /^\$[A-Za-z_]\w*$/.test(text)) return text;
  const pieces = expandSpecifiers(text, unit).flatMap((piece) =>
    'text' in piece && substitutes ? withVariables(piece.text) : [piece],
  );
  return pieceWord(pieces);
}

/**
 * Returns the parts of a word: `${X}` is the value within the word, `$$` a dollar sign; `$X` within a word is
 * text.
 */
function withVariables(text: string): readonly Piece[] {
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

/** Returns the signal if the command only sends one to the main process: `kill -HUP $MAINPID`. */
export function signalToMain({ words }: ExecCommand): string | undefined {
  const [program = '', ...args] = words;
  if (!/^(?:\/usr)?\/bin\/kill$|^kill$/.test(program)) return undefined;
  const isMain = /^\$\{?MAINPID\}?$/;
  const text = args.filter((word) => word !== '--').join(' ');
  const match = /^(?:(?:-s |-n |--signal[ =])(\w+)|-(\w+)|) ?(\S+)$/.exec(text);
  if (match === null || !isMain.test(match[3]!)) return undefined;
  return (match[1] ?? match[2] ?? 'TERM').replace(/^SIG(?=[A-Z])/, '').toUpperCase();
}

/** Tests whether a command uses the pid of the main process. */
export function usesMainPid({ line }: ExecCommand): boolean {
  return /\$\{?MAINPID\b/.test(line);
}

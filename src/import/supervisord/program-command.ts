/** The command of a program, with its directory and FastCGI socket. */
import type { ServiceBuilder } from '../service-builder.js';
import { splitWords, type Piece, pieceWord, literalOf } from '../shell-text.js';
import type { SupervisordOption } from './ini.js';
import type { ProgramOptions } from './options.js';

export function withoutListeners(options: ProgramOptions, option: SupervisordOption): void {
  const { service } = options;
  if (/^(?:0|false|no|off)$/i.test(option.value)) service.builtIn(options.origin(option));
  else
    service.dropped(
      options.origin(option),
      'foster has no event listeners: `foster events --json` shows what happens',
      '`foster log --follow`, in a job of its own',
    );
}

export function fcgiOption(options: ProgramOptions, option: SupervisordOption): void {
  if (option.key === 'socket_backlog')
    options.service.dropped(options.origin(option), 'foster sets no such option on its sockets');
  else
    options.service.sandbox(
      options.origin(option),
      'everybody may connect: a socket of foster has mode 0666',
      'a directory for the socket that only the group may enter',
    );
}

/** Sets the command: words, not a line for the shell: `&&` and `$X` are arguments. */
export function command(options: ProgramOptions, option: SupervisordOption): void {
  const { service } = options;
  const origin = options.origin(option);
  const split = splitWords(option.value);
  if (!split.ok || split.words.length === 0) {
    service.dropped(origin, `supervisord would reject it: ${split.ok ? 'there is no command' : split.why}`);
    return;
  }
  const words: string[] = [];
  for (const [index, word] of split.words.entries()) {
    const pieces = options.pieces(option, word);
    if (pieces === undefined) return;
    words.push(commandWord(pieces, index === 0, option.value));
  }
  // a FastCGI program gets the listening socket as its standard input
  const redirected = isFastCgi(options) ? ' <&3' : '';
  service.command('main', {
    kind: 'program',
    line: words.join(' ') + redirected,
    comments: origin.comments ?? [],
  });
  if (/[$&|;<>*`]/.test(split.words.join(' '))) {
    const how = 'kept as separate words, as in supervisord: no shell reads it';
    service.found(origin, { verdict: 'kept', as: `exec (${how})` });
  } else service.found(origin, { verdict: 'kept', as: 'exec' });
  if (isFastCgi(options)) addSocket(options, service);
}

/** Returns a word. A value that makes up the whole word is split at its blanks, unless it is in quotes. */
function commandWord(pieces: readonly Piece[], isFirst: boolean, source: string): string {
  const [only] = pieces;
  const isBare = pieces.length === 1 && only !== undefined && 'code' in only && /^\$\{\w+\}$/.test(only.code);
  if (isBare && !/["']%\(ENV_/.test(source)) return (only as { code: string }).code;
  return pieceWord(pieces, isFirst ? 'program' : 'argument');
}

function isFastCgi({ section }: ProgramOptions): boolean {
  return section.name.startsWith('fcgi-program:');
}

function addSocket(options: ProgramOptions, service: ServiceBuilder): void {
  const option = options.option('socket');
  if (option === undefined) return;
  const value = options.literal(option);
  const tcp = /^tcp:\/\/([^:/]*):(\d+)$/.exec(value ?? '');
  const unix = /^unix:\/\/(\/[^\s"'\\()#$]+)$/.exec(value ?? '');
  if (tcp === null && unix === null) {
    service.dropped(options.origin(option), 'it is no tcp://HOST:PORT and no unix:///PATH');
    return;
  }
  const host = /^\d+\.\d+\.\d+\.\d+$/.test(tcp?.[1] ?? '')
    ? tcp![1]!
    : tcp?.[1] === 'localhost'
      ? '127.0.0.1'
      : undefined;
  const expression =
    tcp !== null
      ? `socket PROTO=inet PORT=${Number(tcp[2])}${host === undefined ? '' : ` ADDR=${host}`}`
      : `socket PROTO=unix SOCKET_PATH=${unix![1]!}`;
  service.startOn(expression);
  const how =
    'foster listens, and passes the socket as descriptor 3, which the shell makes 0; a connection also starts the job';
  service.found(options.origin(option), { verdict: 'approximated', as: `start on = ${expression}`, how });
}

export function directory(options: ProgramOptions, option: SupervisordOption): void {
  const pieces = options.pieces(option);
  if (pieces === undefined) return;
  const literal = literalOf(pieces);
  if (literal !== undefined) options.service.kept(options.origin(option), 'chdir', literal);
  else {
    options.service.prelude(`cd ${pieceWord(pieces)}`);
    const how = 'the shell changes to it before each command';
    options.service.found(options.origin(option), {
      verdict: 'approximated',
      as: `cd ${pieceWord(pieces)}`,
      how,
    });
  }
}

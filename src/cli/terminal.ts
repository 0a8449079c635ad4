/** What a command line program has around it; given, so that tests can look at what was printed. */
import { isatty } from 'node:tty';
import { lazily } from '../lazily.js';
import { inheritedEnvironment } from '../supervisor/launch/inherited-environment.js';
import { visibleText } from '../text/visible.js';
import { EXIT } from './exit-status.js';

/** Who listens to keys. */
export interface InputListener {
  readonly onText: (text: string) => void;
  readonly onResize: () => void;
  /** the program is told to end */
  readonly onEnd: () => void;
}

/** A terminal that keys are read from, one by one. */
export interface TerminalInput {
  readonly rows: () => number;
  readonly open: (listener: InputListener) => { dispose(): void };
}

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** may the text have colour (a terminal, and NO_COLOR is not set: no-color.org) */
  readonly colour: boolean;
  /** standard output is a terminal, which can be drawn anew */
  readonly isTerminal?: boolean;
  /** its width in characters; undefined where lines may be as long as they like */
  readonly columns?: () => number | undefined;
  /** where standard input is a terminal, too */
  readonly input?: TerminalInput;
  /** prints text to standard output, with control characters escaped; it brings its own line ends */
  readonly out: (text: string) => void;
  /** prints text to standard error in the same way */
  readonly err: (text: string) => void;
  /** prints to standard output as it is: foster's own sequences, bytes of a log into a pipe */
  readonly raw: (text: string | Uint8Array) => void;
}

/** Where printed text goes. */
export interface Sinks {
  readonly stdout: (text: string | Uint8Array) => void;
  readonly stderr: (text: string) => void;
}

/** When control characters are escaped: initctl's words are Upstart's to the letter where a program reads them. */
export type Escaping = 'always' | 'on-terminals';

export interface TerminalOptions {
  readonly env: Terminal['env'];
  readonly uid: number;
  /** which of the two streams are terminals */
  readonly isTerminal: { readonly stdout: boolean; readonly stderr: boolean };
  readonly columns?: () => number | undefined;
  readonly input?: TerminalInput;
  readonly escaping: Escaping;
}

/** Puts the escaping in front of two streams: the one way by which text gets to them. */
export function terminalOver(sinks: Sinks, options: TerminalOptions): Terminal {
  const { env, uid, isTerminal, columns, input, escaping } = options;
  const shown = (stream: keyof TerminalOptions['isTerminal'], text: string): string =>
    escaping === 'always' || isTerminal[stream] ? visibleText(text) : text;
  return {
    env,
    uid,
    isTerminal: isTerminal.stdout,
    colour: isTerminal.stdout && (env['NO_COLOR'] ?? '') === '',
    ...(columns === undefined ? {} : { columns }),
    ...(input === undefined ? {} : { input }),
    out: (text) => sinks.stdout(shown('stdout', text)),
    err: (text) => sinks.stderr(shown('stderr', text)),
    raw: sinks.stdout,
  };
}

/** 128 + SIGPIPE: what a program ends with whose reader has gone (`foster list | head -1`). */
const READER_GONE = 141;

/**
 * The launcher (bin/foster) sets it where descriptor 1 is closed. Node opens /dev/null in its place before it runs
 * anything, and what is printed would be lost without a word.
 */
export const NO_OUTPUT_VARIABLE = 'FOSTER_NO_OUTPUT';

/** The terminal of this process. @param program what it is called where something goes wrong */
export function processTerminal(program: 'foster' | 'initctl', escaping: Escaping = 'always'): Terminal {
  const isClosed = process.env[NO_OUTPUT_VARIABLE] !== undefined;
  Reflect.deleteProperty(process.env, NO_OUTPUT_VARIABLE);
  const [stdout, stderr] = [lazily(() => openStdout(program)), lazily(openStderr)];
  const isTerminal = { stdout: isatty(1), stderr: isatty(2) };
  return terminalOver(
    {
      stdout: (text) => {
        if (isClosed) endUnprinted(program, 'it is closed');
        else stdout().write(text);
      },
      stderr: (text) => void stderr().write(text),
    },
    {
      env: inheritedEnvironment(process.env),
      uid: process.geteuid?.() ?? 0,
      isTerminal,
      columns: () => (isTerminal.stdout ? sized(stdout().columns, 80) : undefined),
      ...(isatty(0) && isTerminal.stdout
        ? { input: { rows: () => sized(stdout().rows, 24), open: openInput } }
        : {}),
      escaping,
    },
  );
}

/**
 * Node's streams are made when something is printed, and not before: making them sets O_NONBLOCK for everybody who has the same
 * pipe open, and COMMAND of `foster init` would find that its standard output fails with EAGAIN.
 */
function openStdout(program: string): typeof process.stdout {
  return process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(READER_GONE);
    endUnprinted(program, error.message);
  });
}

function openStderr(): typeof process.stderr {
  // there is nobody left to whom this could be reported
  return process.stderr.on('error', () => process.exit(READER_GONE));
}

/** A serial line, and a terminal that a program made without saying how large, has the size 0: so it is taken for a VT100. */
function sized(stated: number | undefined, usual: number): number {
  return stated === undefined || stated === 0 ? usual : stated;
}

/** A screen that is not given back would outlive the program, so the signals that end it are answered. */
const ENDING = ['SIGTERM', 'SIGHUP'] as const;

/** Keys come one by one and are not shown; Ctrl-C is one of them. */
function openInput({ onText, onResize, onEnd }: InputListener): { dispose(): void } {
  const { stdin, stdout } = process;
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', onText);
  stdin.once('end', onEnd);
  stdout.on('resize', onResize);
  for (const signal of ENDING) process.once(signal, onEnd);
  return {
    dispose: () => {
      stdin.off('data', onText).off('end', onEnd);
      stdout.off('resize', onResize);
      for (const signal of ENDING) process.off(signal, onEnd);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

function endUnprinted(program: string, reason: string): never {
  process.stderr.write(`${program}: unable to write to standard output: ${reason}\n`);
  process.exit(EXIT.failed);
}

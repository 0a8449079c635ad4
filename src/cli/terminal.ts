/** The environment of a command line program; passed in, so that tests can read the output. */
import { isatty } from 'node:tty';
import { lazily } from '../lazily.js';
import { inheritedEnvironment } from '../supervisor/launch/inherited-environment.js';
import { visibleText } from '../text/visible.js';
import { EXIT } from './exit-status.js';

/** Receives the keys. */
interface InputListener {
  readonly onText: (text: string) => void;
  readonly onResize: () => void;
  /** a signal asks the program to end */
  readonly onEnd: () => void;
}

/** A terminal from which keys are read one by one. */
export interface TerminalInput {
  readonly rows: () => number;
  readonly open: (listener: InputListener) => { dispose(): void };
}

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** text may have colours (a terminal, and NO_COLOR is not set: no-color.org) */
  readonly colour: boolean;
  /** standard output is a terminal, which can be redrawn */
  readonly isTerminal?: boolean;
  /** its width in characters; undefined when lines may have any length */
  readonly columns?: () => number | undefined;
  /** the same of standard error */
  readonly errorColumns?: () => number | undefined;
  /** present when standard input is a terminal, too */
  readonly input?: TerminalInput;
  /** prints text to standard output with control characters escaped; the text includes its line ends */
  readonly out: (text: string) => void;
  /** prints text to standard error the same way */
  readonly err: (text: string) => void;
  /** prints to standard output unchanged: foster's own escape sequences, bytes of a log in a pipe */
  readonly raw: (text: string | Uint8Array) => void;
}

/** Where printed text goes. */
interface Sinks {
  readonly stdout: (text: string | Uint8Array) => void;
  readonly stderr: (text: string) => void;
}

/** When control characters are escaped: for programs, initctl prints exactly what Upstart prints. */
export type Escaping = 'always' | 'on-terminals';

interface TerminalOptions {
  readonly env: Terminal['env'];
  readonly uid: number;
  /** which of the two streams are terminals */
  readonly isTerminal: { readonly stdout: boolean; readonly stderr: boolean };
  readonly columns?: () => number | undefined;
  readonly errorColumns?: () => number | undefined;
  readonly input?: TerminalInput;
  readonly escaping: Escaping;
}

/** Puts the escaping in front of two streams: all text passes through it. */
export function terminalOver(sinks: Sinks, options: TerminalOptions): Terminal {
  const { env, uid, isTerminal, columns, errorColumns, input, escaping } = options;
  const shown = (stream: keyof TerminalOptions['isTerminal'], text: string): string =>
    escaping === 'always' || isTerminal[stream] ? visibleText(text) : text;
  return {
    env,
    uid,
    isTerminal: isTerminal.stdout,
    colour: isTerminal.stdout && (env['NO_COLOR'] ?? '') === '',
    ...(columns === undefined ? {} : { columns }),
    ...(errorColumns === undefined ? {} : { errorColumns }),
    ...(input === undefined ? {} : { input }),
    out: (text) => sinks.stdout(shown('stdout', text)),
    err: (text) => sinks.stderr(shown('stderr', text)),
    raw: sinks.stdout,
  };
}

/** 128 + SIGPIPE: the exit status when the reader has closed the pipe (`foster list | head -1`). */
const READER_GONE = 141;

/**
 * Set by the launcher (bin/foster) when descriptor 1 is closed: Node opens /dev/null in its place before any
 * code runs, so the output would be lost silently.
 */
const NO_OUTPUT_VARIABLE = 'FOSTER_NO_OUTPUT';

/** Returns the terminal of this process. @param program its name in error messages */
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
      errorColumns: () => (isTerminal.stderr ? sized(stderr().columns, 80) : undefined),
      ...(isatty(0) && isTerminal.stdout
        ? { input: { rows: () => sized(stdout().rows, 24), open: openInput } }
        : {}),
      escaping,
    },
  );
}

/**
 * Opens standard output when something is printed, not earlier. Opening it sets O_NONBLOCK for every process
 * that shares the pipe, and COMMAND of `foster init` would then get EAGAIN on its standard output.
 */
function openStdout(program: string): typeof process.stdout {
  return process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(READER_GONE);
    endUnprinted(program, reasonOf(error));
  });
}

function openStderr(): typeof process.stderr {
  // there is nowhere left to report this
  return process.stderr.on('error', () => process.exit(READER_GONE));
}

/**
 * Returns the size of a terminal. A serial line, and a pseudo-terminal whose size was never set, report 0:
 * they are treated as a VT100.
 */
function sized(stated: number | undefined, usual: number): number {
  return stated === undefined || stated === 0 ? usual : stated;
}

/** Signals that end the program; they are handled so that the screen is restored first. */
const ENDING = ['SIGTERM', 'SIGHUP'] as const;

/** Reads keys one by one without echo; Ctrl-C is one of them. */
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

/** Returns the reason without the error's number and call: `ENOSPC: no space left on device, write`. */
function reasonOf({ message }: Error): string {
  return /^[A-Z0-9]+: (.*), \w+$/.exec(message)?.[1] ?? message;
}

function endUnprinted(program: string, reason: string): never {
  process.stderr.write(`${program}: unable to write to standard output: ${reason}\n`);
  process.exit(EXIT.failed);
}

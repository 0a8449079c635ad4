/** What a command line program has around it; given, so that tests can look at what was printed. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** may the text have colour (a terminal, and NO_COLOR is not set: no-color.org) */
  readonly colour: boolean;
  /** standard output is a terminal, which can be drawn anew */
  readonly isTerminal?: boolean;
  /** prints to standard output; the text brings its own line ends */
  readonly out: (text: string) => void;
  /** prints to standard error */
  readonly err: (text: string) => void;
}

/** 128 + SIGPIPE: what a program ends with whose reader has gone (`foster list | head -1`). */
const READER_GONE = 141;

export function processTerminal(): Terminal {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(READER_GONE);
  });
  return {
    env: process.env,
    uid: process.geteuid?.() ?? 0,
    isTerminal: process.stdout.isTTY,
    colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
}

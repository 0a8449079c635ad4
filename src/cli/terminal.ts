/** What a command line program has around it; given, so that tests can look at what was printed. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** may the text have colour (a terminal, and NO_COLOR is not set: no-color.org) */
  readonly colour: boolean;
  /** prints to standard output; the text brings its own line ends */
  readonly out: (text: string) => void;
  /** prints to standard error */
  readonly err: (text: string) => void;
}

export function processTerminal(): Terminal {
  return {
    env: process.env,
    uid: process.geteuid?.() ?? 0,
    colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
}

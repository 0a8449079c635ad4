/**
 * An error in a job file, in Upstart's words plus foster's explanation. Plain data, so that it can be printed
 * as JSON.
 */
export interface JobFileError {
  readonly file: string;
  /** counted from 1; 0 for the file as a whole */
  readonly line: number;
  /** Upstart's sentence: `Unknown stanza`, `Illegal interval, expected number of seconds` */
  readonly message: string;
  /** what is in the file */
  readonly found?: string;
  /** what would be allowed there */
  readonly expected?: string;
  /** the known word most similar to the one found */
  readonly nearest?: string;
  /** what to write instead, if known */
  readonly hint?: string;
  /** Upstart prints this kind of error without a line number (upstart.md 1.1) */
  readonly lineless?: true;
}

/** A warning about a valid job file. */
export interface JobFileWarning {
  readonly file: string;
  readonly line: number;
  /** the observation */
  readonly message: string;
  /** what to do about it */
  readonly remedy?: string;
  /** nothing is wrong, but it is worth knowing */
  readonly note?: true;
}

/** An error without its file, which the parsers do not know. */
export type Refused = Omit<JobFileError, 'file'>;

/** Thrown inside the parsers, and caught by their entry points: the text is not a job file. */
export class Refusal extends Error {
  readonly refused: Refused;

  constructor(refused: Refused) {
    super(refused.message);
    this.name = 'Refusal';
    this.refused = refused;
  }
}

/**
 * Returns the whole sentence for people: Upstart's words, what was found, what was expected, and the most similar known
 * word. Where foster says what was expected, Upstart's words for that are left out: they are less exact, and sometimes
 * wrong (`expected -999 to 1000`).
 */
export function explain(error: Refused): string {
  const { expected, message } = error;
  return withHelp(expected === undefined ? message : message.replace(/, expected .*$/, ''), error);
}

function withHelp(message: string, { found, expected, nearest, hint }: Refused): string {
  const help = [
    found === undefined ? undefined : `found ${found}`,
    expected === undefined ? undefined : `expected ${expected}`,
    nearest === undefined ? undefined : `did you mean "${nearest}"?`,
  ].filter((part) => part !== undefined);
  if (help.length === 0) return hint === undefined ? message : `${message}: ${hint}`;
  const sentence = `${message}: ${help.join(', ')}`;
  if (hint === undefined) return sentence;
  // a question ends with its own mark
  return sentence.endsWith('?') ? `${sentence} ${hint}` : `${sentence}; ${hint}`;
}

/** Formats a position for a message: `PATH:LINE`, or `PATH` for the file as a whole. */
function position({ file, line }: Pick<JobFileError, 'file' | 'line'>): string {
  return line === 0 ? file : `${file}:${line}`;
}

/** Formats one line for a terminal: `PATH:LINE: MESSAGE`. */
export function formatError(error: JobFileError): string {
  return `${position(error)}: ${explain(error)}`;
}

/** Formats one line for a terminal: `PATH:LINE: warning: MESSAGE; REMEDY`. */
export function formatWarning(warning: JobFileWarning): string {
  const { message, remedy, note } = warning;
  const text = remedy === undefined ? message : `${message}; ${remedy}`;
  return `${position(warning)}: ${note === true ? 'note' : 'warning'}: ${text}`;
}

/**
 * Formats one line for the supervisor's log: Upstart's whole sentence, which programs look for, and foster's explanation.
 * One kind of error has a form of its own (upstart.md 1.1).
 */
export function formatErrorForLog(error: JobFileError): string {
  return error.lineless
    ? `${error.file}: Error while loading configuration file: ${error.message}`
    : `${position(error)}: ${withHelp(error.message, error)}`;
}

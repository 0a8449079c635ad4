/** What is wrong with a job file, in Upstart's words and then in ours. Plain data, so that it can be printed as JSON. */
export interface JobFileError {
  readonly file: string;
  /** counted from 1; 0 when the file as a whole is meant */
  readonly line: number;
  /** Upstart's sentence: `Unknown stanza` */
  readonly message: string;
  /** what stands in the file */
  readonly found?: string;
  /** what could have stood there */
  readonly expected?: string;
  /** the known word nearest to the one found */
  readonly nearest?: string;
  /** what to write instead, where that is known */
  readonly hint?: string;
  /** Upstart prints this kind of error without a line number (upstart.md 1.1) */
  readonly lineless?: true;
}

/** A hint about a job file that is valid. */
export interface JobFileWarning {
  readonly file: string;
  readonly line: number;
  /** what is so */
  readonly message: string;
  /** what can be done about it */
  readonly remedy?: string;
  /** nothing is wrong, but it is worth knowing */
  readonly note?: true;
}

/** Everything about an error but the file, which the parsers do not know. */
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

/** The whole sentence: Upstart's words, what was found, what was expected, and the nearest known word. */
export function explain(error: Refused): string {
  const help = [
    error.found === undefined ? undefined : `found ${error.found}`,
    error.expected === undefined ? undefined : `expected ${error.expected}`,
    error.nearest === undefined ? undefined : `did you mean "${error.nearest}"?`,
  ].filter((part) => part !== undefined);
  const { hint, message } = error;
  if (help.length === 0) return hint === undefined ? message : `${message}: ${hint}`;
  const found = `${message}: ${help.join(', ')}`;
  if (hint === undefined) return found;
  // a question ends itself
  return found.endsWith('?') ? `${found} ${hint}` : `${found}; ${hint}`;
}

/** Where something is, for a message: `PATH:LINE`, or `PATH` when it is the file as a whole. */
export function position({ file, line }: Pick<JobFileError, 'file' | 'line'>): string {
  return line === 0 ? file : `${file}:${line}`;
}

/** One line for a terminal: `PATH:LINE: MESSAGE`. */
export function formatError(error: JobFileError): string {
  return `${position(error)}: ${explain(error)}`;
}

/** One line for a terminal: `PATH:LINE: warning: MESSAGE; REMEDY`. */
export function formatWarning(warning: JobFileWarning): string {
  const { message, remedy, note } = warning;
  const text = remedy === undefined ? message : `${message}; ${remedy}`;
  return `${position(warning)}: ${note === true ? 'note' : 'warning'}: ${text}`;
}

/** One line for the supervisor's log, where Upstart's exact form is wanted, with its one exception (upstart.md 1.1). */
export function formatErrorForLog(error: JobFileError): string {
  return error.lineless
    ? `${error.file}: Error while loading configuration file: ${error.message}`
    : formatError(error);
}

/** One call of a command: its words and options, and access to the supervisor. */
import { ControlClient } from '../control/client/client.js';
import { locateSocket } from '../control/client/locate.js';
import { usageError } from './cli-error.js';
import { visibleJson, visibleLine } from '../text/visible.js';
import { rendered, type Line } from './format/line.js';
import { errorText, sentenceLines } from './format/sentence.js';
import { splitWords } from './named-jobs.js';
import { parseSince, SINCE_FORMS } from './since.js';
import type { Terminal } from './terminal.js';

/** Options as given: `true` for a switch, texts for an option with an argument. */
export type GivenOptions = Readonly<Record<string, true | string | readonly string[]>>;

export class Invocation {
  constructor(
    readonly terminal: Terminal,
    readonly words: readonly string[],
    private readonly options: GivenOptions,
  ) {}

  has(name: string): boolean {
    return this.options[name] !== undefined;
  }

  get json(): boolean {
    return this.has('json');
  }

  value(name: string): string | undefined {
    const value = this.options[name];
    return typeof value === 'string' ? value : undefined;
  }

  values(name: string): readonly string[] {
    const value = this.options[name];
    if (typeof value === 'string') return [value];
    return value === undefined || value === true ? [] : value;
  }

  /**
   * Returns the value of an option with fixed choices.
   * @throws CliError when the value is not one of the choices
   */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw usageError(`--${name} ${value}: expected ${choices.join(', ')}`);
    return choice;
  }

  /**
   * Returns the value of an option as a number.
   * @throws CliError when the value is not a number of at least 0
   */
  amount(name: string, what: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const amount = value.trim() === '' ? NaN : Number(value);
    if (!Number.isFinite(amount) || amount < 0) throw usageError(`--${name} ${value}: expected ${what}`);
    return amount;
  }

  /**
   * Returns the value of an option in seconds as milliseconds.
   * @throws CliError when it is not a number of at least 0
   */
  duration(name: string): number | undefined {
    const seconds = this.amount(name, 'seconds');
    return seconds === undefined ? undefined : Math.round(seconds * 1000);
  }

  /**
   * Returns the value of an option with a point in time, in milliseconds since 1970.
   * @throws CliError when it has none of the forms
   */
  time(name: string): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    const time = parseSince(text, Date.now());
    if (time === undefined) throw usageError(`--${name} ${text}: expected ${SINCE_FORMS}`);
    return time;
  }

  /** Splits the words: those of the form KEY=VALUE are the environment, the others are names. */
  namesAndEnvironment(): { readonly names: readonly string[]; readonly env: readonly string[] } {
    return splitWords(this.words);
  }

  /** Columns of the terminal; undefined when lines may have any length. */
  get width(): number | undefined {
    const { isTerminal, columns } = this.terminal;
    return isTerminal === true ? columns?.() : undefined;
  }

  client(): ControlClient {
    const { uid, env } = this.terminal;
    return new ControlClient(locateSocket(this.value('socket'), { uid, env }), uid);
  }

  /** Tests whether control characters are printed unescaped. */
  get raw(): boolean {
    return this.has('raw');
  }

  /** Prints one line; line ends within the text are escaped. */
  print(line: Line): void {
    this.printAll([line]);
  }

  /** Prints lines with a single write: a burst of events has thousands a second. */
  printAll(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    const { colour } = this.terminal;
    this.terminal.raw(lines.map((line) => `${rendered(line, { colour, raw: this.raw })}\n`).join(''));
  }

  /** Prints foster's own sentences, one per line; on a terminal, they are broken between words. */
  explain(sentences: readonly string[]): void {
    this.printAll(sentences.flatMap((sentence) => sentenceLines(sentence, this.width)));
  }

  /**
   * Prints a line of a job's output: unchanged for programs, escaped on a terminal.
   * @param prefix foster's own text
   */
  printJobLine(prefix: string, line: string): void {
    const asItIs = this.raw || this.terminal.isTerminal !== true;
    // a job with its own terminal ends its lines with CR LF
    this.terminal.raw(`${visibleLine(prefix)}${asItIs ? line : visibleLine(line.replace(/\r$/, ''))}\n`);
  }

  printJson(value: unknown): void {
    this.terminal.raw(`${visibleJson(JSON.stringify(value, null, 2))}\n`);
  }

  /** Prints one JSON object per line. */
  printJsonLine(value: unknown): void {
    this.terminal.raw(`${visibleJson(JSON.stringify(value))}\n`);
  }

  /** Prints to standard error: the first line after the program's name, further lines below it. */
  complain(line: string, ...further: readonly string[]): void {
    this.terminal.err(errorText(line, further, this.terminal));
  }
}

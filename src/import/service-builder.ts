/**
 * Builds a service setting by setting, and records what became of each.
 * A setting that foster's own table rejects becomes a finding. Commands are collected, since several commands
 * and their preparation make one script.
 */
import type { ProcessName } from '../jobfile/job-class/job-class.js';
import { iniCommand } from '../jobfile/ini/command.js';
import type { Finding, Origin, Outcome, Service, Setting } from './model.js';
import { refusalOf } from './settings.js';

/** A command of a process, as a line for the shell. */
export interface ShellCommand {
  /**
   * one program with arguments; lines of a script, which ends at the first failure; or anything that `sh -c`
   * can run
   */
  readonly kind: 'program' | 'lines' | 'shell';
  readonly line: string;
  readonly comments?: readonly string[];
}

type Hook = Exclude<ProcessName, 'security'>;

export class ServiceBuilder {
  readonly #settings: Setting[] = [];
  readonly #findings: Finding[] = [];
  readonly #commands = new Map<Hook, ShellCommand[]>();
  readonly #prelude: string[] = [];
  readonly #startOn: string[] = [];
  readonly #stopOn: string[] = [];
  readonly head: string[] = [];
  /** `setpriv ...` before main only, when only main gives up its privileges */
  mainPrefix = '';

  constructor(
    readonly name: string,
    readonly source: string,
  ) {}

  /** Records that this stanza has the same meaning. */
  kept(origin: Origin, stanza: string, ...words: readonly string[]): boolean {
    return this.#set(origin, stanza, words, (as) => ({ verdict: 'kept', as }));
  }

  /** Records that this stanza has a similar meaning. */
  approximated(origin: Origin, how: string, stanza: string, ...words: readonly string[]): boolean {
    return this.#set(origin, stanza, words, (as) => ({ verdict: 'approximated', as, how }));
  }

  /**
   * Records a setting that is kept, fully or nearly, without a stanza: by a command, or by foster's default
   * behaviour.
   */
  found(origin: Origin, outcome: Outcome): void {
    const { file, line, word, value, comments = [] } = origin;
    const isDropped = outcome.verdict === 'dropped';
    if (!isDropped && this.#isLost(outcome.as)) this.head.push(...comments);
    this.#findings.push({
      file,
      ...(line !== undefined && { line }),
      job: this.name,
      word,
      ...(value !== undefined && { value }),
      ...outcome,
      ...(isDropped && comments.length > 0 && { comments }),
    });
  }

  /** Records a setting that asks for what foster does in any case. */
  builtIn(origin: Origin): void {
    this.found(origin, { verdict: 'kept', as: 'nothing: foster always does this' });
  }

  dropped(origin: Origin, why: string, instead?: string): void {
    this.found(origin, { verdict: 'dropped', why, ...(instead !== undefined && { instead }) });
  }

  sandbox(origin: Origin, why: string, instead: string): void {
    this.found(origin, { verdict: 'dropped', why, instead, sandbox: true });
  }

  /** Sets a stanza without a setting in the source: a default of the other supervisor. */
  implied(stanza: string, ...words: readonly string[]): void {
    const implied = setting(stanza, words);
    if (this.#isAccepted(implied)) this.#settings.push(implied);
  }

  has(stanza: string): boolean {
    return this.#settings.some((setting) => setting.stanza === stanza);
  }

  /** Sets a variable; if a job file cannot hold its value, the shell sets it. */
  env(origin: Origin, key: string, value: string): void {
    const words = [`${key}=${value}`];
    if (refusalOf({ stanza: 'env', words }) === undefined) {
      this.kept({ ...origin, value: key }, 'env', ...words);
      return;
    }
    if (!/^[A-Za-z_]\w*$/.test(key) || value.includes('\0')) {
      this.dropped(origin, 'neither a job file nor the shell can set such a variable');
      return;
    }
    this.exported({ ...origin, value: key }, key, `'${value.replaceAll("'", "'\\''")}'`);
  }

  /** Sets a variable whose value the shell computes when a process starts. */
  exported(origin: Origin, key: string, shellValue: string): void {
    this.prelude(`export ${key}=${shellValue}`);
    this.found(origin, {
      verdict: 'approximated',
      as: `export ${key}`,
      how: 'the shell sets it before each command',
    });
  }

  /** Adds a line of shell before every command of the job. */
  prelude(line: string): void {
    if (!this.#prelude.includes(line)) this.#prelude.push(line);
  }

  command(process: Hook, command: ShellCommand): void {
    this.#commands.set(process, [...(this.#commands.get(process) ?? []), command]);
  }

  hasCommand(process: Hook): boolean {
    return this.#commands.has(process);
  }

  clearCommands(process: Hook): void {
    this.#commands.delete(process);
  }

  startOn(expression: string): void {
    if (!this.#startOn.includes(expression)) this.#startOn.push(expression);
  }

  stopOn(expression: string): void {
    if (!this.#stopOn.includes(expression)) this.#stopOn.push(expression);
  }

  get startsItself(): boolean {
    return this.#startOn.length > 0;
  }

  /** Returns a further job with the same user, directory and variables. */
  sibling(name: string): ServiceBuilder {
    const other = new ServiceBuilder(name, this.source);
    const shared = ['env', 'env inherit', 'setuid', 'setgid', 'chdir', 'umask', 'instance', 'env file'];
    other.#settings.push(
      ...this.#settings
        .filter(({ stanza }) => shared.includes(stanza))
        .map((setting) => ({ ...setting, comments: [] })),
    );
    other.#prelude.push(...this.#prelude);
    return other;
  }

  build(): Service {
    // of two values for one variable, the last counts
    const keys = this.#settings.map(variableOf);
    const settings = this.#settings.filter(
      (_, index) => keys[index] === undefined || keys.lastIndexOf(keys[index]) === index,
    );
    if (this.#startOn.length > 0) settings.push(setting('start on', [this.#startOn.join(' or ')]));
    if (this.#stopOn.length > 0) settings.push(setting('stop on', [this.#stopOn.join(' or ')]));
    for (const [process, commands] of this.#commands) settings.push(this.#process(process, commands));
    return {
      name: this.name,
      source: this.source,
      head: this.head,
      settings: settings.filter((each) => this.#isAccepted(each)),
      findings: this.#findings,
    };
  }

  /** Tests the whole setting: parts that were accepted one by one can still be rejected together. */
  #isAccepted({ stanza, words }: Setting): boolean {
    const refusal = refusalOf({ stanza, words });
    if (refusal === undefined) return true;
    const origin = { file: this.source, word: stanza, value: words.join(' ') };
    this.dropped(origin, `foster rejects it: ${refusal}`);
    return false;
  }

  #process(process: Hook, commands: readonly ShellCommand[]): Setting {
    const [exec, script] = process === 'main' ? ['exec', 'script'] : [`${process} exec`, `${process} script`];
    const comments = commands.flatMap((command) => command.comments ?? []);
    const [only] = commands;
    const prefix = process === 'main' ? this.mainPrefix : '';
    if (only !== undefined && commands.length === 1 && this.#prelude.length === 0 && prefix === '') {
      const asLine = oneLine(only);
      if (asLine !== undefined) {
        const whole =
          'exec' in asLine ? setting(exec, [asLine.exec]) : setting(script, scriptLines(asLine.script));
        if (refusalOf(whole) === undefined) return { ...whole, comments };
      }
    }
    const lines = commands.flatMap(({ line, kind }, index) => {
      const becomes = process === 'main' && index === commands.length - 1 && kind === 'program';
      return scriptLines(becomes ? `exec ${prefix}${line}` : line);
    });
    const hasShell = commands.some(({ kind }) => kind === 'shell');
    return {
      ...setting(script, [...(hasShell ? ['set +e'] : []), ...this.#prelude.flatMap(scriptLines), ...lines]),
      comments,
    };
  }

  #set(origin: Origin, stanza: string, words: readonly string[], outcome: (as: string) => Outcome): boolean {
    const refusal = refusalOf({ stanza, words });
    if (refusal !== undefined) {
      this.dropped(origin, `foster's \`${stanza}\` does not take it: ${refusal}`);
      return false;
    }
    this.#settings.push({ stanza, words, comments: origin.comments ?? [] });
    const value = words.join(' ');
    this.found(
      { ...origin, comments: [] },
      outcome(value === '' ? stanza : `${stanza} = ${shortened(value)}`),
    );
    return true;
  }

  /** Tests whether comments have no line in the job file: they then go to its top. */
  #isLost(as: string): boolean {
    return !/^(?:exec|script|(?:pre|post)-(?:start|stop))/.test(as);
  }
}

function setting(stanza: string, words: readonly string[]): Setting {
  return { stanza, words, comments: [] };
}

function variableOf({ stanza, words }: Setting): string | undefined {
  return stanza === 'env' ? words[0]?.split('=')[0] : undefined;
}

function scriptLines(text: string): readonly string[] {
  return text.replace(/\n+$/, '').split('\n');
}

/** Returns the form of a single command in an `.ini` file; undefined if it needs a script. */
function oneLine({ kind, line }: ShellCommand): { exec: string } | { script: string } | undefined {
  if (line.includes('\n') || kind === 'lines') return undefined;
  if (kind === 'program') return { exec: line };
  const { command } = iniCommand(line);
  return 'argv' in command ? undefined : command;
}

function shortened(text: string): string {
  const line = text.replaceAll('\n', ' ');
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

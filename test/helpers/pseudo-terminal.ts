/** A command of `foster` on a terminal of its own, which util-linux's script(1) makes. */
import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plainEnvironment, spawnChild } from './child.js';
import { until } from './until.js';

const FOSTER = fileURLToPath(new URL('./foster.js', import.meta.url));

interface Teardown {
  teardown(handler: () => void | Promise<void>): void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface PseudoTerminalOptions extends TerminalSize {
  readonly env?: Readonly<Record<string, string>>;
}

/** What a screen shows after all that was sent to it: text at places, by the few console codes that foster sends. */
export function screenOf(sent: string, { columns, rows }: TerminalSize): readonly string[] {
  const lines = Array.from({ length: rows }, () => new Array<string>(columns).fill(' '));
  let [row, column] = [0, 0];
  const next = (): void => {
    if (row < rows - 1) row += 1;
    else lines.push(lines.shift()!.fill(' '));
  };
  // codes, line ends, or one character
  for (const [token] of sent.matchAll(/\x1b\[[?\d;]*[A-Za-z]|\r|\n|[^\x1b]/gu)) {
    const [, parameters = '', code = ''] = /^\x1b\[([?\d;]*)([A-Za-z])$/.exec(token) ?? [];
    if (token === '\r') column = 0;
    else if (token === '\n') next();
    else if (code === 'H') {
      const [y = '1', x = '1'] = parameters.split(';');
      [row, column] = [Math.min(rows, Number(y || 1)) - 1, Math.min(columns, Number(x || 1)) - 1];
    } else if (code === 'K') lines[row]!.fill(' ', column);
    else if (code === 'J') {
      lines[row]!.fill(' ', column);
      for (const line of lines.slice(row + 1)) line.fill(' ');
    } else if (code === '') {
      if (column >= columns) {
        column = 0;
        next();
      }
      lines[row]![column++] = token;
    }
  }
  return lines.map((line) => line.join('').trimEnd());
}

export class PseudoTerminal {
  /** everything that was sent to the terminal */
  sent = '';
  readonly ended: Promise<number | null>;
  readonly #directory = mkdtempSync(join(tmpdir(), 'foster-terminal-'));
  readonly #child: ChildProcess;
  #size: TerminalSize;

  /** @param args of `foster` */
  constructor(t: Teardown, args: readonly string[], { env = {}, ...size }: PseudoTerminalOptions) {
    this.#size = size;
    const quoted = [process.execPath, FOSTER, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    const line = `tty >'${this.#ttyFile}'; stty cols ${size.columns} rows ${size.rows}; exec ${quoted.join(' ')}`;
    this.#child = spawnChild('script', ['-qec', line, '/dev/null'], {
      env: { ...plainEnvironment(), TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout!.on('data', (chunk: Buffer) => (this.sent += chunk.toString()));
    this.ended = new Promise((resolve) => this.#child.once('close', (status) => resolve(status)));
    t.teardown(async () => {
      this.#child.kill('SIGKILL');
      await this.ended;
      rmSync(this.#directory, { recursive: true, force: true });
    });
  }

  get #ttyFile(): string {
    return join(this.#directory, 'tty');
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** The kernel signals WINCH to whoever is in the foreground. */
  resize(size: TerminalSize): void {
    this.#size = size;
    if (!existsSync(this.#ttyFile)) throw new Error('the terminal has not begun');
    const tty = readFileSync(this.#ttyFile, 'utf8').trim();
    execFileSync('stty', ['-F', tty, 'cols', String(size.columns), 'rows', String(size.rows)]);
  }

  get screen(): readonly string[] {
    return screenOf(this.sent, this.#size);
  }

  /** Resolves once the screen as a whole matches. */
  async untilScreen(pattern: RegExp): Promise<string> {
    return until(String(pattern), () => {
      const text = this.screen.join('\n');
      return pattern.test(text) && text;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; there was\n${this.screen.join('\n')}`, { cause: error });
    });
  }

  async untilSent(pattern: RegExp): Promise<void> {
    await until(String(pattern), () => pattern.test(this.sent)).catch((error: unknown) => {
      throw new Error(`${String(error)}; there was ${JSON.stringify(this.sent)}`, { cause: error });
    });
  }
}

/** A real supervisor, spoken to as a user of Upstart does: by initctl. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { initctl } from '../../src/cli/initctl/main.js';
import { terminalOver } from '../../src/cli/terminal.js';
import { Supervisor, type SupervisorOptions } from './supervisor.js';
import { until } from './until.js';

export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** What a command that succeeds prints. */
export const printed = (out: string): Said => ({ status: 0, out, err: '' });
/** What a command that fails prints, under the name of the program. */
export const refused = (message: string): Said => ({ status: 1, out: '', err: `initctl: ${message}\n` });

export const SERVICE = 'exec sleep 1000\n';

export class Upstart {
  private constructor(readonly supervisor: Supervisor) {}

  /** @param jobs file name -> text, in which $OUT stands for `directory` */
  static async start(
    t: Test,
    jobs: Readonly<Record<string, string>> = {},
    options: SupervisorOptions = {},
  ): Promise<Upstart> {
    const upstart = new Upstart(Supervisor.prepare(t, {}, options));
    for (const [file, text] of Object.entries(jobs)) upstart.write(file, text);
    await upstart.supervisor.begin();
    return upstart;
  }

  get directory(): string {
    return this.supervisor.directory;
  }

  write(file: string, text: string): void {
    this.supervisor.write(file, text.replaceAll('$OUT', this.directory));
  }

  /** `ctl('start foo X=1')`. Pids are told as PID, since nobody knows them before. */
  async ctl(line: string, program = 'initctl', env: Readonly<Record<string, string>> = {}): Promise<Said> {
    let [out, err] = ['', ''];
    const status = await initctl(
      program,
      line === '' ? [] : line.split(' '),
      terminalOver(
        { stdout: (text) => (out += String(text)), stderr: (text) => (err += text) },
        {
          env: { FOSTER_SOCKET: this.supervisor.socket, ...env },
          uid: process.getuid?.() ?? 0,
          isTerminal: { stdout: false, stderr: false },
          escaping: 'on-terminals',
        },
      ),
    );
    return { status, out: out.replace(/process [0-9]+/g, 'process PID'), err };
  }

  /** Resolves once the command prints something that matches. */
  async untilPrinted(line: string, pattern: RegExp): Promise<void> {
    await until(`initctl ${line} to print ${String(pattern)}`, async () => {
      const { out, err } = await this.ctl(line);
      return pattern.test(out + err);
    });
  }

  /** The file that jobs of the test write to, by default $OUT/journal, once it has so many lines. */
  async lines(count: number, file = join(this.directory, 'journal')): Promise<readonly string[]> {
    return until(`${count} lines in ${file}`, () => {
      const lines = linesOf(file);
      return lines.length >= count && lines;
    });
  }

  /** Lines of the job's log. */
  log(job: string, count: number): Promise<readonly string[]> {
    return this.lines(count, join(this.supervisor.logdir, `${job}.log`));
  }
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mayMakeNamespaces, scratchDirectory } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

const FOSTER = new URL('../helpers/foster.js', import.meta.url).pathname;

/** `foster init -- COMMAND` as PID 1 on a terminal of its own, which util-linux's script(1) makes. */
class OnTerminal {
  screen = '';
  readonly status: Promise<number | null>;
  readonly #script;

  constructor(t: Test, command: string) {
    const directory = scratchDirectory(t);
    const places = `--confdir ${directory} --logdir ${join(directory, 'log')} --rundir ${join(directory, 'run')}`;
    const init = `${process.execPath} ${FOSTER} init ${places} -- ${command}`;
    const line = `exec unshare --pid --fork --mount-proc --kill-child ${init}`;
    this.#script = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#script.stdout.on('data', (chunk: Buffer) => (this.screen += chunk.toString()));
    this.status = new Promise((resolve) => this.#script.once('close', (status) => resolve(status)));
    t.teardown(async () => {
      this.#script.kill('SIGKILL');
      await this.status;
    });
  }

  type(text: string): void {
    this.#script.stdin.write(text);
  }

  async untilScreen(pattern: RegExp): Promise<void> {
    await until(String(pattern), () => pattern.test(this.screen)).catch((error: unknown) => {
      throw new Error(`${String(error)}; there was ${JSON.stringify(this.screen)}`, { cause: error });
    });
  }
}

t.test('COMMAND is in the foreground: Ctrl-C is for it alone, once', async (t) => {
  const terminal = new OnTerminal(
    t,
    `sh -c 'trap "echo interrupted" INT; echo ready; while :; do sleep 1000 & wait; done'`,
  );
  await terminal.untilScreen(/ready/);
  terminal.type('\x03');
  await terminal.untilScreen(/interrupted/);
  t.equal(terminal.screen.match(/interrupted/g)?.length, 1);
});

t.test('what Ctrl-C ends has ended by a signal', async (t) => {
  const terminal = new OnTerminal(t, `sh -c 'echo ready; exec sleep 1000'`);
  await terminal.untilScreen(/ready/);
  terminal.type('\x03');
  t.equal(await terminal.status, 128 + 2);
});

t.test('an interactive shell has job control', async (t) => {
  const terminal = new OnTerminal(t, `env PS1='prompt> ' sh -i`);
  await terminal.untilScreen(/prompt> /);
  t.notMatch(terminal.screen, /job control/, 'it does not complain of having none');
  terminal.type('sleep 1000\n');
  await terminal.untilScreen(/sleep 1000\r\n/);
  // the shell puts it into the foreground before Ctrl-Z can stop it
  await until('a stopped sleep', () => {
    terminal.type('\x1a');
    return terminal.screen.includes('Stopped');
  });
  terminal.type('kill %1; fg 2>&1; exit 9\n');
  t.equal(await terminal.status, 9);
});

for (const redirected of ['2', '1', '1 and 2']) {
  t.test(`so it has when descriptor ${redirected} is a file: standard input alone counts`, async (t) => {
    const file = join(scratchDirectory(t), 'file');
    const words = redirected.split(' and ').map((fd) => `${fd}>>${file}`);
    const terminal = new OnTerminal(t, `env PS1='prompt> ' sh -i ${words.join(' ')}`);
    const shown = (): string => terminal.screen + (existsSync(file) ? readFileSync(file, 'utf8') : '');
    await until('a prompt', () => shown().includes('prompt> '));
    t.notMatch(shown(), /job control/, 'it does not complain of having none');
    // Ctrl-Z before that would throw away what the shell has not read yet
    terminal.type(`sh -c 'echo begun >/dev/tty; exec sleep 1000'\n`);
    await terminal.untilScreen(/begun\r\n/);
    await until('a stopped sleep', () => {
      terminal.type('\x1a');
      return shown().includes('Stopped');
    });
    terminal.type('kill %1; fg 2>&1; exit 9\n');
    t.equal(await terminal.status, 9);
  });
}

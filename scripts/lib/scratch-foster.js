/** A foster in a scratch directory, for scripts: started, killed, asked. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../build/src/control/client/client.js';

const PROGRAM = fileURLToPath(new URL('../../bin/foster', import.meta.url));

/** It takes longer only on a machine that is as good as dead. */
const ANSWER_MS = 90_000;

export class ScratchFoster {
  directory = mkdtempSync(join(tmpdir(), 'foster-scratch-'));
  #client = new ControlClient({ path: this.place('run/foster.sock'), isNamed: true }, process.geteuid());
  #options;
  #output;
  process;

  /** @param options further words behind `foster init` */
  constructor(...options) {
    this.#options = options;
    chmodSync(this.directory, 0o755);
    for (const name of ['conf', 'run', 'log']) mkdirSync(this.place(name));
    this.#output = openSync(this.place('foster.out'), 'a');
  }

  /** What all its fosters have printed. */
  get said() {
    return readFileSync(this.place('foster.out'), 'utf8');
  }

  place(name) {
    return join(this.directory, name);
  }

  write(name, text) {
    writeFileSync(this.place(`conf/${name}.conf`), text);
  }

  start() {
    const places = [
      '--confdir',
      this.place('conf'),
      '--logdir',
      this.place('log'),
      '--rundir',
      this.place('run'),
    ];
    const stdio = process.env.FOSTER_SHOWN ? 'inherit' : ['ignore', this.#output, this.#output];
    this.process = spawn(PROGRAM, ['init', ...places, ...this.#options], { stdio });
    // at the limit of processes there is none
    this.process.on('error', () => undefined);
  }

  async begin() {
    this.start();
    await this.answer();
  }

  /** Undefined where nobody is there, it was killed while it answered, or it refused. */
  async ask(target, body) {
    try {
      return await this.#client.request(target, body === undefined ? {} : { method: 'POST', body });
    } catch {
      return undefined;
    }
  }

  text(target) {
    return this.#client.text(target);
  }

  /** Its version, as soon as there is an answer. It is started again where it has ended by itself. */
  async answer() {
    for (const end = performance.now() + ANSWER_MS; ;) {
      const version = await this.ask('/v1/version');
      if (version !== undefined) return version;
      if (performance.now() > end) throw new Error('foster does not answer');
      if (this.process.pid === undefined || this.process.exitCode !== null) this.start();
      await sleep(20);
    }
  }

  command(job, verb, wait = 'nothing') {
    return this.ask(`/v1/jobs/${job}/${verb}`, { wait });
  }

  async kill() {
    await this.#signal('SIGKILL');
  }

  async end(keep = false) {
    await this.#signal('SIGTERM');
    if (!keep) this.remove();
  }

  /** Ends foster, which may have ended by itself: a kill may come while it cannot start. */
  async #signal(name) {
    const { exitCode, signalCode } = this.process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill(name);
    await ended;
  }

  remove() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

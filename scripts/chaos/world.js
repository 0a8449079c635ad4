/** What the faults act on: foster, its jobs, the directories they use, and the ways to ask. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { containerLine } from './container.js';
import { writeJobs } from './jobs.js';
import { processes } from './truth.js';

const STRANGERS = 3;
/** As long as a command may take, also while foster stands. */
const COMMAND_MS = 30_000;

export class World {
  jobs;
  /** foster, in the numbers of this namespace */
  supervisor;
  #child;
  #output;

  /**
   * @param mode process, init (PID 1 of a pid namespace) or container (of runc)
   * @param source of process events; `auto` takes the first that works
   * @param preload for foster, of libfaketime; undefined without clock jumps
   */
  constructor({ foster, directory, mode, source, preload, count }) {
    Object.assign(this, { foster, directory, mode, source, preload });
    mkdirSync(directory, { recursive: true });
    for (const name of ['run', 'log']) mkdirSync(this.place(name), { recursive: true });
    this.jobs = writeJobs(directory, count);
    this.#output = openSync(this.place('foster.out'), 'a');
    this.setClock('+0');
  }

  get isInit() {
    return this.mode !== 'process';
  }

  place(name) {
    return join(this.directory, name);
  }

  note(text) {
    appendFileSync(this.place('faults.log'), `${new Date().toISOString()} ${text}\n`);
  }

  /** @param offset of foster's wall clock, as faketime(1) has it */
  setClock(offset) {
    writeFileSync(this.place('clock'), `${offset}\n`);
  }

  get isGone() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async begin() {
    const places = [
      '--confdir',
      this.place('conf'),
      '--logdir',
      this.place('log'),
      '--rundir',
      this.place('run'),
    ];
    const own = [this.foster, 'init', ...places, '--tracker', this.source];
    const line = {
      process: own,
      init: ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', ...own],
      container: this.mode === 'container' ? containerLine(this.directory, own) : [],
    }[this.mode];
    const env = this.preload === undefined ? process.env : { ...process.env, ...this.#fakeClock };
    this.#child = spawn(line[0], line.slice(1), { stdio: ['ignore', this.#output, this.#output], env });
    if (!(await until(() => this.isAnswering(), 90_000))) throw new Error('foster does not answer');
    this.supervisor = this.#find();
  }

  get #fakeClock() {
    const own = { FAKETIME_TIMESTAMP_FILE: this.place('clock'), FAKETIME_NO_CACHE: '1' };
    return { ...own, LD_PRELOAD: this.preload, DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  }

  #find() {
    if (this.mode === 'process') return this.#child.pid;
    if (this.mode === 'container') return Number(readFileSync(this.place('container/pid'), 'utf8'));
    return processes().find(({ parent }) => parent === this.#child.pid).pid;
  }

  /** @returns the exit status and the output */
  cli(...words) {
    return new Promise((resolve) => {
      const command = spawn(this.foster, [...words, '--socket', this.place('run/foster.sock')], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const limit = setTimeout(() => command.kill('SIGKILL'), COMMAND_MS);
      let text = '';
      command.stdout?.on('data', (chunk) => (text += chunk));
      command.stderr?.resume();
      // there may be no process left to be had
      command.on('error', () => undefined);
      command.on('close', (status) => {
        clearTimeout(limit);
        resolve({ status, text });
      });
    });
  }

  async isAnswering() {
    return (await this.cli('version')).status === 0;
  }

  /** Processes that have nothing to do with foster, whatever their environment says. As init, it adopts them. */
  startStrangers() {
    for (let index = 0; index < STRANGERS; index++) {
      const env = { ...process.env, FOSTER_JOB: `worker${30 + index}`, FOSTER_INSTANCE: '' };
      const own = [
        'setpriv',
        '--reuid',
        '65534',
        '--clear-groups',
        'setsid',
        '--fork',
        'sleep',
        `${77_000 + index}`,
      ];
      const line = this.isInit ? ['nsenter', '--target', String(this.supervisor), '--pid', ...own] : own;
      spawn(line[0], line.slice(1), { env, stdio: 'ignore' });
    }
  }

  /** Undefined when all of them live. */
  strangerFault(expected = STRANGERS) {
    const living = processes().filter(({ pid }) => /^sleep\x0077\d\d\d\0$/.test(commandLine(pid))).length;
    return living === expected ? undefined : `${living} of ${expected} strangers live`;
  }

  /** Ends foster by TERM. @returns whether it has ended */
  async end() {
    send(this.supervisor, 'SIGTERM');
    return until(() => this.isGone, 30_000);
  }
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // it has ended meanwhile
  }
}

export async function until(condition, milliseconds) {
  const end = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await pause(100);
  }
  return true;
}

/** @returns whether there is such a process */
export function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
    return false;
  }
}

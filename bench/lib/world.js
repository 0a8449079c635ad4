/** A peer that runs: as PID 1 of a pid namespace, so that whatever happens, nothing of it is left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const isRoot = process.getuid() === 0;
const NAMESPACE = ['unshare', ...(isRoot ? [] : ['--user', '--map-root-user'])];
const PID_ONE = [...NAMESPACE, '--pid', '--fork', '--mount-proc', '--kill-child'];

/** Milliseconds after which a peer that does not do what it should is given up. */
const PATIENCE = 120_000;

export class World {
  directory = mkdtempSync(join(tmpdir(), 'foster-bench-'));
  record = join(this.directory, 'record');

  /** @param programs paths of the compiled programs @param count how many services */
  constructor(programs, count) {
    this.programs = programs;
    this.jobs = Array.from({ length: count }, (_, index) => ({
      name: `job${index}`,
      words: [programs.job, this.record, `job${index}`],
    }));
  }

  /** Starts a peer with the services. @returns when it was executed, nanoseconds */
  startServices(peer) {
    const { directory, record, programs, jobs } = this;
    mkdirSync(join(directory, 'peer'));
    const made = peer.services({ directory: join(directory, 'peer'), record, programs, jobs });
    this.list = made.list;
    this.environment = { ...process.env, ...made.environment };
    this.stopSignal = made.stopSignal ?? 'SIGTERM';
    return this.#start(made.command);
  }

  /** Starts a peer with one command. @returns when it was executed, nanoseconds */
  startCommand(peer) {
    this.stopSignal = 'SIGTERM';
    this.environment = process.env;
    return this.#start(peer.command(this.jobs[0].words, this.directory));
  }

  #start(command) {
    const [program, ...args] = [...PID_ONE, ...command];
    const began = process.hrtime.bigint();
    this.process = spawn(program, args, {
      cwd: this.directory,
      env: this.environment,
      stdio: 'ignore',
    });
    this.ended = once(this.process, 'exit');
    return began;
  }

  /** Waits for that many first instructions of services. @returns when each was, nanoseconds */
  async starts(count) {
    const patience = Date.now() + PATIENCE;
    for (;;) {
      const lines = existsSync(this.record) ? readFileSync(this.record, 'latin1').split('\n') : [];
      if (lines.length > count) return lines.slice(0, -1).map((line) => BigInt(line.split(' ')[0]));
      if (this.process.exitCode !== null || Date.now() > patience)
        throw new Error(`only ${Math.max(0, lines.length - 1)} of ${count} starts`);
      await sleep(20);
    }
  }

  /** What the peer itself runs as, and the processes of services. */
  processes() {
    const [own, services] = [[], []];
    for (const pid of descendants(this.process.pid))
      (textOf(pid, 'cmdline').startsWith(`${this.programs.job}\0`) ? services : own).push(pid);
    return { own, services };
  }

  /** PID 1 of the namespace. */
  get init() {
    return childrenOf(this.process.pid)[0];
  }

  /** Ends the peer in an orderly way. @returns how long that took, milliseconds; undefined if it does not end */
  async stop() {
    const began = process.hrtime.bigint();
    process.kill(this.init, this.stopSignal);
    const ended = await Promise.race([this.ended, sleep(30_000)]);
    return ended === undefined ? undefined : Number(process.hrtime.bigint() - began) / 1e6;
  }

  /** Ends it in any way. */
  async remove() {
    if (this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await this.ended;
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function descendants(pid) {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid) {
  return textOf(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Empty once the process is gone. */
export function textOf(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
    throw error;
  }
}

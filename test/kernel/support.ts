/** Real processes for tests: started through the kernel layer itself, waited for by event, never left behind. */

import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeStatus, type StatusDescription } from '../../src/kernel/process/signals.js';
import type { Kernel, ProgramSpec } from '../../src/kernel/kernel.js';
import { createKernel } from '../../src/kernel/linux.js';
import { reapNow } from '../../src/kernel/process/wait.js';

export const kernel: Kernel = createKernel();

export const O_WRONLY_CREATE = 0o1 | 0o100;

type SpecOptions = Partial<Omit<ProgramSpec, 'path' | 'argv'>>;

/** Starts a program once. @returns its pid */
export function start(path: string, argv: readonly string[], options: SpecOptions = {}): number {
  const program = kernel.processes.prepare({
    path,
    argv,
    env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
    newSession: true,
    descriptors: [],
    ...options,
  });
  try {
    return program.spawn();
  } finally {
    program.release();
  }
}

/** @returns the pid of a shell that runs the script */
export function shell(script: string, options: SpecOptions = {}): number {
  return start('/bin/sh', ['sh', '-c', script], options);
}

/** Resolves when the process has ended, be it a child or not. A child stays a zombie. */
export function end(pid: number): Promise<void> {
  const pidfd = kernel.processes.openPidfd(pid);
  if (pidfd === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    pidfd.onEnd(() => {
      pidfd.close();
      resolve();
    });
  });
}

/** Waits for a child and reaps it. */
export async function result(pid: number): Promise<StatusDescription | undefined> {
  await end(pid);
  const status = reapNow(pid);
  return status === undefined ? undefined : describeStatus(status);
}

interface Teardown {
  teardown(handler: () => void): void;
}

/** A directory that goes with the test. */
export function temporaryDirectory(t: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-kernel-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What a script writes to its stdout. */
export async function output(t: Teardown, script: string, options: SpecOptions = {}): Promise<string> {
  const path = join(temporaryDirectory(t), 'output');
  const stdout = { target: 1, source: { path, flags: O_WRONLY_CREATE, mode: 0o600 } };
  await result(shell(script, { ...options, descriptors: [stdout, ...(options.descriptors ?? [])] }));
  return readFileSync(path, 'utf8');
}

/** Numbers of a process's open descriptors, in order; for our own, without that of the listing itself. */
export function openDescriptors(pid: number | 'self'): readonly number[] {
  const listed = readdirSync(`/proc/${pid}/fd`).map(Number);
  return listed.filter((fd) => pid !== 'self' || isOpen(fd)).sort((a, b) => a - b);
}

function isOpen(fd: number): boolean {
  return existsSync(`/proc/self/fd/${fd}`);
}

/** Lines that processes write, each awaited by the event loop. */
export class Lines {
  private readonly pipe = kernel.files.makePipe();
  private text = '';

  constructor(t: Teardown) {
    t.teardown(() => [this.pipe.read, this.pipe.write].forEach((fd) => closeSync(fd)));
  }

  /** The action that gives a program descriptor 3 to write lines to. */
  readonly writer = { target: 3, source: this.pipe.write } as const;

  /** The next line, without its end. */
  async next(): Promise<string> {
    for (;;) {
      const end = this.text.indexOf('\n');
      if (end >= 0) {
        const line = this.text.slice(0, end);
        this.text = this.text.slice(end + 1);
        return line;
      }
      await readable(this.pipe.read);
      const chunk = Buffer.alloc(4096);
      this.text += chunk.toString('utf8', 0, readSync(this.pipe.read, chunk));
    }
  }
}

function readable(fd: number): Promise<void> {
  return new Promise((resolve) => {
    const watch = kernel.descriptors.onReadable(fd, () => {
      watch.dispose();
      resolve();
    });
  });
}

/** A gate of a test: processes wait in `read line <PATH` until it is opened. */
export class Barrier {
  readonly path: string;
  private readonly fd: number;

  constructor(t: Teardown) {
    this.path = join(temporaryDirectory(t), 'barrier');
    kernel.files.makeFifo(this.path, 0o600);
    // read-write: the open does not wait for a reader
    this.fd = openSync(this.path, 'r+');
    t.teardown(() => closeSync(this.fd));
  }

  /** Lets one process pass. */
  open(): void {
    writeSync(this.fd, 'go\n');
  }
}

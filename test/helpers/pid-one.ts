/** `foster init` as PID 1 of a pid namespace of its own, as it is in a container. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plainEnvironment } from './child.js';
import { createKernel } from '../../src/kernel/linux.js';
import { readProcessStatus } from '../../src/kernel/proc/process-status.js';
import { until } from './until.js';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The program, by its name in this folder or in the project. */
const pathOf = (program: string): string =>
  program === 'bin/foster'
    ? join(projectRoot, program)
    : fileURLToPath(new URL(`./${program}.js`, import.meta.url));

/** Where `readableByAll` mounts what foster consists of. */
export const OPEN_PLACE = '/mnt';

/**
 * Shell commands that show Node.js, the launchers and the build below OPEN_PLACE to every user. The project may be cloned into a directory that
 * only its owner may enter, such as root's home.
 */
export const mountInOpenPlace = [
  `mount -t tmpfs -o mode=0755 none ${OPEN_PLACE}`,
  `cp '${projectRoot}package.json' ${OPEN_PLACE}/`,
  ...['bin', 'build', 'node_modules'].map(
    (name) => `mkdir ${OPEN_PLACE}/${name} && mount --bind '${projectRoot}${name}' ${OPEN_PLACE}/${name}`,
  ),
  `touch ${OPEN_PLACE}/node && mount --bind '${process.execPath}' ${OPEN_PLACE}/node`,
  // COMMAND begins in the working directory of foster
  `cd ${OPEN_PLACE}`,
].join(' && ');

interface Teardown {
  teardown(handler: () => void | Promise<void>): void;
}

export interface PidOneOptions {
  /** file name in the configuration directory -> text */
  readonly jobs?: Readonly<Record<string, string>>;
  /** further words behind `foster init` */
  readonly args?: readonly string[];
  /** another program instead of `foster` of this folder; `bin/foster`: with all that it does before it loads anything */
  readonly program?: 'faulty-foster' | 'bin/foster';
  /** COMMAND */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** foster is not told where logs go: they are in /var/log/foster, over which `before` mounts something */
  readonly defaultLogdir?: boolean;
  /** a shell line run in the namespace, as its PID 1, before foster takes its place (mounts, for instance) */
  readonly before?: string;
  /** further options of unshare(1) */
  readonly namespaces?: readonly string[];
  /** the program changes its user, who may not be allowed to enter the project's directory */
  readonly readableByAll?: boolean;
  /** words in front: `setpriv --reuid 12345`, for instance */
  readonly wrapper?: readonly string[];
}

export interface Ended {
  /** exit status, as a container runtime shows it */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Whether this machine lets us make namespaces. */
export const mayMakeNamespaces = process.getuid?.() === 0;

/**
 * A directory for the configuration, logs and sockets of supervisors, gone after the test.
 * @param parent where it is made
 */
export function scratchDirectory(t: Teardown, parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'foster-pid1-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export class PidOne {
  out = '';
  err = '';
  readonly ended: Promise<Ended>;
  readonly #unshare: ChildProcess;

  /** @param directory what it writes goes below */
  constructor(
    t: Teardown,
    readonly directory: string,
    options: PidOneOptions,
  ) {
    const {
      jobs = {},
      args = [],
      command,
      env = {},
      before = 'true',
      wrapper = [],
      namespaces = [],
      program = 'foster',
      readableByAll = false,
      defaultLogdir = false,
    } = options;
    const confdir = join(directory, 'conf');
    mkdirSync(confdir, { recursive: true });
    for (const [file, text] of Object.entries(jobs)) {
      mkdirSync(dirname(join(confdir, file)), { recursive: true });
      writeFileSync(join(confdir, file), text);
    }
    const places = [
      '--confdir',
      confdir,
      ...(defaultLogdir ? [] : ['--logdir', join(directory, 'log')]),
      '--rundir',
      join(directory, 'run'),
    ];
    const words = [
      ...(readableByAll
        ? [`${OPEN_PLACE}/node`, pathOf(program).replace(projectRoot, `${OPEN_PLACE}/`)]
        : [process.execPath, pathOf(program)]),
      'init',
      ...places,
      ...args,
      ...(command ? ['--', ...command] : []),
    ];
    const unshare = [
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child',
      ...namespaces,
      'sh',
      '-c',
      // tap loads modules into every Node below it, and theirs answer SIGIOT by sending it once more
      `unset NODE_OPTIONS; ${readableByAll ? `${mountInOpenPlace} && ` : ''}${before} && exec "$@"`,
      'sh',
    ];
    this.#unshare = spawn('unshare', [...unshare, ...wrapper, ...words], {
      env: { ...plainEnvironment(), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#unshare.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.#unshare.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.ended = new Promise((resolve, reject) => {
      this.#unshare.once('error', reject);
      this.#unshare.once('close', (status, signal) =>
        resolve({ status, signal, out: this.out, err: this.err }),
      );
    });
    // --kill-child: everything in the namespace goes with unshare
    t.teardown(async () => {
      this.#unshare.kill('SIGKILL');
      await this.ended;
    });
  }

  /** Nobody reads what PID 1 writes to its standard error from now on. */
  closeErr(): void {
    this.#unshare.stderr?.destroy();
  }

  /** What is written to COMMAND's standard input. */
  type(text: string): void {
    this.#unshare.stdin?.write(text);
  }

  /** Resolves once PID 1 or one of its processes has written this to its standard output. */
  async untilOut(pattern: RegExp): Promise<void> {
    await until(String(pattern), () => pattern.test(this.out)).catch((error: unknown) => {
      throw new Error(`${String(error)}; there was ${JSON.stringify([this.out, this.err])}`, {
        cause: error,
      });
    });
  }

  /** PID 1 as it is seen from outside. */
  get pid(): number {
    return childrenOf(this.#unshare.pid!)[0]!;
  }

  /** The pid inside the namespace of a process that is seen from outside. */
  numberInside(pid: number): number | undefined {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]);
  }

  /** Its children, as they are seen from outside. */
  get children(): readonly number[] {
    return childrenOf(this.pid);
  }

  /** Another number for each program that it is replaced by. */
  get image(): number | undefined {
    return createKernel().proc.stat(this.pid)?.stackStart;
  }

  /** Whether it has a handler for the signal: until it has, the kernel keeps signals from PID 1. */
  handles(signal: number): boolean {
    return readProcessStatus(this.pid)?.caughtSignals.has(signal) === true;
  }

  signal(signal: NodeJS.Signals | number): void {
    process.kill(this.pid, signal);
  }
}

/** Somebody who enters the namespace from outside, as `docker exec` does. */
export class Visitor {
  out = '';

  constructor(private readonly pidOne: number) {}

  /** Resolves when the shell line has ended. */
  run(line: string): Promise<void> {
    const words = ['--target', String(this.pidOne), '--pid', '--mount', 'sh', '-c', line];
    const child = spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    return new Promise((resolve) => child.once('close', () => resolve()));
  }
}

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

/**
 * `foster init` as PID 1 of a real container: runc, Docker's capabilities and its filter of system calls. Its root file
 * system is the machine's own, seen through an overlay that takes what is written.
 */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../../src/control/client/client.js';
import { readProcessStatus } from '../../../src/kernel/proc/process-status.js';
import type { JobStatus } from '../../../src/supervisor/api/job-status.js';
import { outcomeOf, spawnChild, type Outcome } from '../../helpers/child.js';
import { allProcesses, namespaceOf } from '../../helpers/processes.js';
import { until } from '../../helpers/until.js';
import { containerConfig, type ContainerOptions } from './bundle.js';
import { missingProfile } from './docker-profile.js';

/** Where the compiled program and its modules are. */
const REPOSITORY = dirname(fileURLToPath(new URL('../../../../package.json', import.meta.url)));

/** Where the container sees them: above the repository there may be a directory that only its owner may enter. */
const REPOSITORY_INSIDE = '/opt/foster';

const FOSTER = fileURLToPath(new URL('../../helpers/foster.js', import.meta.url)).replace(
  REPOSITORY,
  REPOSITORY_INSIDE,
);

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Makes the root file system in a mount namespace of its own, which goes when the container does, and becomes runc. */
const RUN = `
set -e
cd "$1"
shift
mount -t tmpfs -o mode=755 container fs
mkdir fs/upper fs/work fs/root
mount -t overlay -o lowerdir=/,upperdir=fs/upper,workdir=fs/work overlay fs/root
exec runc --root state run --pid-file pid --bundle . "$@"
`;

interface Teardown {
  teardown(handler: () => void | Promise<void>): void;
}

export interface Contents extends ContainerOptions {
  /** file name in /etc/foster -> text */
  readonly jobs?: Readonly<Record<string, string>>;
  /** further words behind `foster init` */
  readonly args?: readonly string[];
  /** what runs instead of foster */
  readonly program?: readonly string[];
  /** NAME=VALUE */
  readonly env?: readonly string[];
  /** COMMAND */
  readonly command?: readonly string[];
}

export class Container {
  readonly directory = mkdtempSync(join(tmpdir(), 'foster-container-'));
  readonly #id = basename(this.directory);
  readonly #runc: ChildProcess;
  readonly ended: Promise<Outcome>;
  out = '';
  err = '';

  constructor(t: Teardown, contents: Contents) {
    const {
      jobs = {},
      args = [],
      command,
      env = [],
      program = [process.execPath, FOSTER, 'init'],
    } = contents;
    for (const name of ['conf', 'fs', 'state']) mkdirSync(join(this.directory, name));
    for (const [file, text] of Object.entries(jobs)) writeFileSync(join(this.directory, 'conf', file), text);
    const words = [...program, ...args, ...(command === undefined ? [] : ['--', ...command])];
    const place = {
      root: 'fs/root',
      binds: { [REPOSITORY_INSIDE]: REPOSITORY, '/etc/foster': join(this.directory, 'conf') },
      id: this.#id,
      env: [`PATH=${dirname(process.execPath)}:${PATH}`, 'HOME=/root', 'LANG=C.UTF-8', ...env],
    };
    writeFileSync(
      join(this.directory, 'config.json'),
      JSON.stringify(containerConfig(words, place, contents)),
    );
    const line = ['--mount', '--propagation', 'private', 'sh', '-c', RUN, 'sh', this.directory, this.#id];
    this.#runc = spawnChild('unshare', line, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#runc.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.#runc.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.ended = outcomeOf(this.#runc);
    const guard = this.#guard();
    t.teardown(async () => {
      guard.stdin?.end();
      await outcomeOf(guard);
      await this.ended;
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  /** Resolves when its supervisor answers. */
  static async start(t: Teardown, contents: Contents): Promise<Container> {
    const container = new Container(t, contents);
    await until('an answer of the container', async () => {
      container.#mustRun();
      return container.client.request('/v1/version').then(
        () => true,
        () => false,
      );
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it said ${container.out}${container.err}`, { cause: error });
    });
    return container;
  }

  /** PID 1 as it is seen from outside; 0 while there is none. */
  get pid(): number {
    try {
      return Number(readFileSync(join(this.directory, 'pid'), 'latin1'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }

  /** A file inside, as it is reached from outside. */
  path(inside: string): string {
    return `/proc/${this.pid}/root${inside}`;
  }

  /** The text of a file inside; undefined while there is none. */
  read(inside: string): string | undefined {
    try {
      return readFileSync(this.path(inside), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  get client(): ControlClient {
    return new ControlClient(this.path('/run/foster/foster.sock'));
  }

  status(job: string): Promise<JobStatus> {
    return this.client.request<JobStatus>(`/v1/jobs/${job}`);
  }

  /** Resolves with the status once it is as wanted. */
  async untilStatus(job: string, wanted: (status: JobStatus) => boolean): Promise<JobStatus> {
    let last: JobStatus | undefined;
    return until(`a status of ${job} that is as wanted`, async () => {
      this.#mustRun();
      last = await this.status(job);
      return wanted(last) && last;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it was ${JSON.stringify(last)}; ${this.err}`, { cause: error });
    });
  }

  /** Runs a program inside, as `docker exec` does. */
  exec(...words: readonly string[]): Promise<Outcome> {
    return this.#tell('exec', this.#id, ...words);
  }

  /** Changes limits while it runs: options of runc-update(8). */
  async update(...options: readonly string[]): Promise<void> {
    const { status, err } = await this.#tell('update', ...options, this.#id);
    if (status !== 0) throw new Error(`runc update failed: ${err}`);
  }

  /** The pid, as it is seen from outside, of a process inside. */
  outsidePid(inside: number): number | undefined {
    const namespace = namespaceOf(this.pid, 'pid');
    return allProcesses().find(
      ({ pid }) =>
        namespaceOf(pid, 'pid') === namespace && readProcessStatus(pid)?.namespacePids.at(-1) === inside,
    )?.pid;
  }

  /** foster's command line inside, as in `docker exec CONTAINER foster ...`. */
  foster(...words: readonly string[]): Promise<Outcome> {
    return this.exec(process.execPath, FOSTER, ...words);
  }

  /** Sends a signal to PID 1 from outside, as `docker stop` and `docker kill` do. */
  signal(signal: NodeJS.Signals | number): void {
    process.kill(this.pid, signal);
  }

  /** runc finds itself where the one is that runs the container. */
  #tell(...words: readonly string[]): Promise<Outcome> {
    const mounts = `--mount=/proc/${this.#runc.pid}/ns/mnt`;
    const runc = ['runc', '--root', join(this.directory, 'state'), ...words];
    return outcomeOf(spawnChild('nsenter', [mounts, ...runc], { stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  #mustRun(): void {
    const { exitCode, signalCode } = this.#runc;
    if (exitCode !== null || signalCode !== null) throw new Error(`the container has ended: ${this.err}`);
  }

  /** Removes the container when this process ends, in whatever way: its end of the pipe is closed then. */
  #guard(): ChildProcess {
    const script = 'cat >/dev/null; runc --root "$1" delete --force "$2" 2>/dev/null || :';
    const args = ['-c', script, 'guard', join(this.directory, 'state'), this.#id];
    return spawnChild('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  }
}

/** For the `skip` option of a test: why there can be no container here, or false. Tries one. */
export function noContainers(): string | false {
  if (process.getuid?.() !== 0) return 'a container needs root';
  if (spawnSync('runc', ['--version']).error !== undefined) return 'there is no runc (Debian package runc)';
  const profile = missingProfile();
  if (profile !== false) return profile;
  const directory = mkdtempSync(join(tmpdir(), 'foster-container-'));
  try {
    for (const name of ['fs', 'state']) mkdirSync(join(directory, name));
    const place = { root: 'fs/root', binds: {}, id: basename(directory), env: [`PATH=${PATH}`] };
    writeFileSync(join(directory, 'config.json'), JSON.stringify(containerConfig(['/bin/true'], place, {})));
    const line = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      RUN,
      'sh',
      directory,
      basename(directory),
    ];
    const { status, stderr } = spawnSync('unshare', line, { encoding: 'utf8' });
    return status === 0 ? false : `a container cannot be run here: ${stderr.trim()}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

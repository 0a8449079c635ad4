/**
 * A private place for a daemon: a network that reaches only itself, and mounts of its own with an empty /run. The
 * supervisor stays outside, where the kernel tells it about processes; the job enters the place with nsenter(1), which
 * executes the daemon without a fork.
 *
 * Whatever happens to the test, nothing in the place survives it: the process that keeps the place open ends everything
 * there once the test has closed its end of a pipe, as the kernel does for a test that was killed.
 */
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outcomeOf, spawnChild } from '../../helpers/child.js';
import { allProcesses, namespaceOf, type ProcessLine } from '../../helpers/processes.js';
import { until } from '../../helpers/until.js';

/** The directories in /run that Debian makes at boot and daemons expect. */
const KEEPER = `
set -e
mount -t tmpfs -o mode=755 place /run
mkdir -p /run/lock /run/user /run/sshd
chmod 1777 /run/lock
ip link set lo up
echo open
cat >/dev/null
network=$(readlink /proc/self/ns/net | tr -dc 0-9)
left=yes
while [ "$left" ]; do
  left=
  for link in $(find /proc/[0-9]*/ns/net -maxdepth 0 -lname "*$network*" 2>/dev/null); do
    process=\${link#/proc/}
    process=\${process%/ns/net}
    [ "$process" = $$ ] && continue
    # find itself is among them, and has gone by now
    kill -KILL "$process" 2>/dev/null && left=yes
  done
done
exit 0
`;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What /proc/net/tcp calls a listening socket (TCP_LISTEN of include/net/tcp_states.h). */
const LISTEN = '0A';

interface Teardown {
  teardown(handler: () => void | Promise<void>): void;
}

export class Place {
  /** Scratch space, which every user may enter. */
  readonly directory = mkdtempSync(join(tmpdir(), 'foster-place-'));
  readonly #network: string;

  private constructor(private readonly keeper: ChildProcess) {
    chmodSync(this.directory, 0o755);
    this.#network = namespaceOf(this.pid, 'net') ?? '';
  }

  static async open(t: Teardown): Promise<Place> {
    const keeper = spawnChild(
      'unshare',
      ['--net', '--mount', '--propagation', 'private', '--', 'sh', '-c', KEEPER],
      { detached: true, stdio: ['pipe', 'pipe', 'inherit'], env: { PATH } },
    );
    let said = '';
    keeper.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('the private place', () => {
      if (keeper.exitCode !== null) throw new Error(`no private place: status ${keeper.exitCode}`);
      return said.includes('open');
    });
    const place = new Place(keeper);
    t.teardown(() => place.close());
    return place;
  }

  /** What to put before a command so that it runs here, under the same process id. */
  get entrance(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`, `--mount=/proc/${this.pid}/ns/mnt`, '--'];
  }

  /** Replaces `$D` by the scratch directory. */
  fill(text: string): string {
    return text.replaceAll('$D', this.directory);
  }

  /**
   * Runs a script here, under `bash -e` with $D in its environment.
   * @returns what it printed
   * @throws with what it wrote to standard error
   */
  async run(script: string): Promise<string> {
    const [file, ...args] = [...this.entrance, 'bash', '-e', '-c', script];
    const env = { PATH, HOME: '/root', LANG: 'C.UTF-8', D: this.directory };
    const options = { env, cwd: this.directory, stdio: 'pipe' } as const;
    const { status, out, err } = await outcomeOf(spawnChild(file, args, options));
    if (status !== 0) throw new Error(`a script in the place failed (${status}): ${err || out}`);
    return out;
  }

  /** Starts a script here that goes on by itself; the place's end is its own. */
  startInBackground(script: string): void {
    const [file, ...args] = [...this.entrance, 'bash', '-c', script];
    const env = { PATH, HOME: '/root', LANG: 'C.UTF-8', D: this.directory };
    spawnChild(file, args, { env, cwd: this.directory, stdio: 'ignore', detached: true }).unref();
  }

  /** The text of a file as it is here; undefined while there is none. */
  read(path: string): string | undefined {
    try {
      return readFileSync(`/proc/${this.pid}/root${this.fill(path)}`, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Is there a TCP socket that listens on this port? */
  isListening(port: number): boolean {
    const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const tables = ['tcp', 'tcp6'].map((name) => readFileSync(`/proc/${this.pid}/net/${name}`, 'utf8'));
    return tables.some((table) =>
      table.split('\n').some((line) => {
        const [, local, , state] = line.trim().split(/\s+/);
        return state === LISTEN && local?.endsWith(end) === true;
      }),
    );
  }

  /** Everything that runs here, but for what keeps the place. */
  processes(): readonly ProcessLine[] {
    return allProcesses().filter(
      ({ pid, parent, state }) =>
        pid !== this.pid &&
        parent !== this.pid &&
        state !== 'Z' &&
        state !== 'X' &&
        namespaceOf(pid, 'net') === this.#network,
    );
  }

  private get pid(): number {
    return this.keeper.pid!;
  }

  private async close(): Promise<void> {
    this.keeper.stdin?.end();
    await until(
      'the end of the place',
      () => this.keeper.exitCode !== null || this.keeper.signalCode !== null,
    );
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Children of a test that Node waits for. They are kept apart from orphans, which come to the test when their parent ends. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

const living = new Set<number>();

/** As node:child_process has it; the child is one of `knownChildren` as long as it lives. */
export function spawnChild(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(file, args, options);
  const { pid } = child;
  if (pid !== undefined) {
    living.add(pid);
    child.once('exit', () => living.delete(pid));
  }
  return child;
}

/**
 * The environment for programs that a test starts: without what tap has every Node.js program load beside its own modules, which
 * costs each start a fifth of a second, and fails where the program cannot see this directory.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}

export function knownChildren(): ReadonlySet<number> {
  return living;
}

export interface Outcome {
  /** the exit status, or the name of the signal */
  readonly status: number | NodeJS.Signals;
  readonly out: string;
  readonly err: string;
}

/** Resolves when the child has ended and everything that it printed has been read. */
export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status: status ?? signal!, out, err }));
  });
}

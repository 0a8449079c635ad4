/** Starts real processes through a real launcher, with a file for their output. */
import { chmodSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { CommandText, JobClass } from '../../../src/jobfile/job-class/job-class.js';
import type { LaunchRequest } from '../../../src/supervisor/launch/launch-request.js';
import { Launcher, type LauncherOptions } from '../../../src/supervisor/launch/launcher.js';
import { endOf, nextOf, realKernel } from './children.js';
import { conf } from './job-classes.js';

export const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin';

export interface Bench {
  readonly directory: string;
  readonly launcher: Launcher;
  /** starts a process, opens its gate if there is one, waits for its end; what it wrote, and how it ended */
  readonly run: (
    request: Partial<LaunchRequest>,
  ) => Promise<{ output: string; status: number; gated: boolean }>;
}

export function bench(t: Test, options: Partial<LauncherOptions> = {}): Bench {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  // jobs of other users must get through
  chmodSync(directory, 0o755);
  const path = join(directory, 'output');
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o666);
  const stdio = [
    { target: 1, source: fd },
    { target: 2, source: fd },
  ];
  const launcher = new Launcher({
    kernel: realKernel,
    stdio: { stdio: () => stdio },
    defaults: {
      self: { uid: process.getuid!(), gid: process.getgid!() },
      inherited: { PATH: '/inherited', COLOUR: 'red' },
      table: [PATH, 'TERM=linux'],
      directory: '/',
      umask: 0o022,
    },
    ...options,
  });
  t.teardown(() => {
    launcher.close();
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });
  return {
    directory,
    launcher,
    run: async (partial) => {
      const before = readFileSync(path, 'utf8').length;
      const request = {
        job: { name: 'job', instance: '' },
        class: conf(),
        process: 'main',
        env: [PATH],
        ...partial,
      };
      const { pid, gated } = launcher.launch(request as LaunchRequest);
      if (gated) {
        t.match(await nextOf(pid), { kind: 'stopped' }, 'stands at its gate');
        launcher.gates.open(pid);
      }
      const status = await endOf(pid);
      return { output: readFileSync(path, 'utf8').slice(before), status, gated };
    },
  };
}

/** `t.throws` with the fields of a LaunchError. */
export function failsWith(
  t: Test,
  attempt: () => unknown,
  expected: { reason?: string; hint?: string | RegExp },
): void {
  try {
    attempt();
  } catch (error) {
    t.match(error, { name: 'LaunchError', ...expected });
    return;
  }
  t.fail('the start should have failed', expected);
}

export const main = (command: CommandText, stanzas: Partial<JobClass> = {}): { class: JobClass } => ({
  class: conf({ processes: { main: command }, ...stanzas }),
});

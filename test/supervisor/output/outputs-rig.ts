/** The outputs of one job, with real programs that write to them. */
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { ConsoleWriter } from '../../../src/supervisor/output/console-writer.js';
import { JobOutputs, type OutputOptions } from '../../../src/supervisor/output/job-outputs.js';
import { Launcher } from '../../../src/supervisor/launch/launcher.js';
import { realKernel } from '../support/children.js';
import { conf } from '../support/job-classes.js';

export const JOB = { name: 'foo', instance: '' };
const PATH = 'PATH=/usr/bin:/bin';

export interface Rig {
  readonly logdir: string;
  readonly fifodir: string;
  readonly warnings: string[];
  readonly outputs: JobOutputs;
  readonly launcher: Launcher;
  readonly log: (name?: string) => string | null;
  readonly start: (script: string, stanzas?: Partial<JobClass>) => number;
}

/** The core's effect at the start of a new run. */
export function beginRun({ effects }: JobOutputs): void {
  const change = { from: 'waiting', to: 'starting', goal: 'start' } as const;
  effects['job-changed'].report({ kind: 'job-changed', job: JOB, ...change });
}

export function rig(t: Test, options: Partial<OutputOptions> = {}): Rig {
  const logdir = mkdtempSync(join(tmpdir(), 'foster-log-'));
  const fifodir = mkdtempSync(join(tmpdir(), 'foster-run-'));
  const warnings: string[] = [];
  const report = (_level: string, text: string): void => void warnings.push(text);
  const console = new ConsoleWriter(1, realKernel.files, report);
  const outputs = new JobOutputs({
    kernel: realKernel,
    logdir,
    logIndex: `${logdir}.indexes`,
    fifodir,
    defaultConsole: 'log',
    console,
    consoleDevice: undefined,
    beforeRead: () => undefined,
    report,
    ...options,
  });
  const defaults = {
    self: { uid: process.getuid!(), gid: process.getgid!() },
    inherited: {},
    table: [PATH],
    directory: '/',
    umask: 0o022,
  };
  const launcher = new Launcher({ kernel: realKernel, stdio: outputs, defaults });
  const classes = new Map<string, JobClass>();
  t.teardown(() => {
    launcher.close();
    outputs.close();
    console.close();
    for (const directory of [logdir, fifodir, `${logdir}.indexes`])
      rmSync(directory, { recursive: true, force: true });
  });
  return {
    logdir,
    fifodir,
    warnings,
    outputs,
    launcher,
    log: (name = 'foo.log') =>
      existsSync(join(logdir, name)) ? readFileSync(join(logdir, name), 'utf8') : null,
    start: (script, stanzas = {}) => {
      const key = JSON.stringify([script, stanzas]);
      const jobClass = classes.get(key) ?? conf({ processes: { main: { script } }, ...stanzas });
      classes.set(key, jobClass);
      return launcher.launch({ job: JOB, class: jobClass, process: 'main', env: [PATH] }).pid;
    },
  };
}

/** A process of the job has ended, and is reported immediately. */
export function endProcess(outputs: JobOutputs): void {
  outputs.processEnded(JOB, undefined, { add: (report) => report() });
}

/** A FIFO at which a script waits by `read x < PATH`, as often as it is opened. */
export function gate(t: Test, directory: string): { path: string; open: () => void } {
  const path = join(directory, 'go');
  realKernel.files.makeFifo(path, 0o600);
  const fd = openSync(path, constants.O_RDWR);
  t.teardown(() => closeSync(fd));
  return { path, open: () => void writeSync(fd, '\n') };
}

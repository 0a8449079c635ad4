/**
 * Health checks by a command: `health exec`. It is started like a hook, but does not belong to the job's processes.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { jobClass, type JobClass } from '../../jobfile/job-class/job-class.js';
import type { Kernel, Watch } from '../../kernel/kernel.js';
import type { ReapedChild } from '../../tracker/reaped-children.js';
import type { JobRef } from '../core/contract.js';
import { describeEnding } from '../core/wait-status.js';
import { jobKey } from '../../tracker/job-key.js';
import { LaunchError } from '../launch/launch-error.js';
import type { LaunchDefaults } from '../launch/needs.js';
import { Launcher } from '../launch/launcher.js';
import type { Outcome } from './judge.js';
import { probeName, type RunningProbe, type StartProbe } from './probe.js';
import type { CommandText } from '../../jobfile/job-class/values.js';

interface ExecProbesOptions {
  readonly kernel: Pick<Kernel, 'processes' | 'files' | 'descriptors'>;
  readonly defaults: LaunchDefaults;
  /** starts a process whose descendants do not belong to the job */
  readonly launch: (job: string, start: () => { readonly pid: number }) => { readonly pid: number };
}

/** How much of the command's output is kept; its last line is reported. */
const MAX_LINE = 1024;

interface Running {
  readonly pid: number;
  readonly ended: (status: number) => void;
}

export class ExecProbes {
  /** by pid */
  readonly #running = new Map<number, Running>();

  constructor(private readonly options: ExecProbesOptions) {}

  /** @param env returns the job's `KEY=VALUE`s at the time of each check */
  probe(job: JobRef, jobClass: JobClass, command: CommandText, env: () => readonly string[]): StartProbe {
    const name = probeName({ by: 'exec', command });
    return (timeout, done) =>
      this.#start(job, probeClass(jobClass, command), { name, env: env(), timeout, done });
  }

  /** Handles reaped children. */
  ended(deaths: readonly ReapedChild[]): void {
    for (const { pid, status } of deaths) this.#running.get(pid)?.ended(status);
  }

  #start(
    job: JobRef,
    jobClass: JobClass,
    {
      name,
      env,
      timeout,
      done,
    }: { name: string; env: readonly string[]; timeout: number; done: (outcome: Outcome) => void },
  ): RunningProbe {
    const { kernel, defaults, launch } = this.options;
    const output = new LastLine(kernel);
    const stdio = [1, 2].map((target) => ({ target, source: output.writing }));
    const launcher = new Launcher({ kernel, defaults, stdio: { stdio: () => stdio } });
    try {
      const { pid } = launch(jobKey(job), () =>
        launcher.launch({ job, class: jobClass, process: 'main', env }),
      );
      output.start();
      return this.#follow(pid, output, { name, timeout, done });
    } catch (error) {
      output.close();
      if (!(error instanceof LaunchError)) throw error;
      const timer = setImmediate(() => done({ ok: false, text: `${name}: ${error.reason} (${error.hint})` }));
      return { cancel: () => clearImmediate(timer) };
    } finally {
      launcher.close();
    }
  }

  #follow(
    pid: number,
    output: LastLine,
    { name, timeout, done }: { name: string; timeout: number; done: (outcome: Outcome) => void },
  ): RunningProbe {
    let timedOut = false;
    let report: ((outcome: Outcome) => void) | undefined = done;
    // the process leads its own session, and so the process group with its pid, until it is reaped
    const kill = (): boolean => this.options.kernel.processes.killGroup(pid, constants.signals.SIGKILL);
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeout);
    const ended = (status: number): void => {
      clearTimeout(timer);
      this.#running.delete(pid);
      const written = output.close();
      const how = timedOut
        ? `did not end within ${timeout / 1000} s, and was killed`
        : describeEnding(status);
      report?.({
        ok: status === 0 && !timedOut,
        text: `${name} ${how}${written === '' ? '' : `: ${written}`}`,
      });
    };
    this.#running.set(pid, { pid, ended });
    return {
      cancel: () => {
        report = undefined;
        kill();
      },
    };
  }
}

/**
 * Returns a class with the job's user, directories and environment, but without its limits, priorities and control
 * groups.
 */
function probeClass(
  { name, source, env, export: exported, emits, envFiles, envInherit, userEnvironment, ...others }: JobClass,
  command: CommandText,
): JobClass {
  const { chroot, chdir, setuid, setgid, umask } = others;
  return jobClass.create({
    name,
    source,
    env,
    export: exported,
    emits,
    processes: { main: command },
    envFiles,
    userEnvironment,
    ...(envInherit !== undefined && { envInherit }),
    ...(chroot !== undefined && { chroot }),
    ...(chdir !== undefined && { chdir }),
    ...(setuid !== undefined && { setuid }),
    ...(setgid !== undefined && { setgid }),
    ...(umask !== undefined && { umask }),
  });
}

/** A pipe that is read continuously, so that its writer never blocks, and whose last bytes are kept. */
class LastLine {
  readonly writing: number;
  readonly #reading: number;
  #watch: Watch | undefined;
  #isWritingOpen = true;
  #end = '';

  constructor(private readonly kernel: Pick<Kernel, 'files' | 'descriptors'>) {
    const { read, write } = kernel.files.makePipe();
    [this.#reading, this.writing] = [read, write];
  }

  /** Starts reading. Closes the writing end, which the process has inherited by now. */
  start(): void {
    this.#closeWriting();
    this.#watch = this.kernel.descriptors.onReadable(this.#reading, () => this.#read());
    this.#watch.unref();
  }

  /** @returns the last line that is not empty */
  close(): string {
    if (this.#watch !== undefined) this.#read();
    this.#watch?.dispose();
    this.#closeWriting();
    closeSync(this.#reading);
    return this.#end.trimEnd().split('\n').at(-1)?.trim() ?? '';
  }

  #read(): void {
    const bytes = Buffer.alloc(MAX_LINE);
    for (let pieces = 0; pieces < 64; pieces += 1) {
      const count = this.kernel.files.readNow(this.#reading, bytes);
      if (count === undefined) return;
      if (count === 0) {
        this.#watch?.pause();
        return;
      }
      this.#end = (this.#end + bytes.toString('utf8', 0, count)).slice(-MAX_LINE);
    }
  }

  #closeWriting(): void {
    if (this.#isWritingOpen) closeSync(this.writing);
    this.#isWritingOpen = false;
  }
}

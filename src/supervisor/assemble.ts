import { uptime } from 'node:os';
import { installedVersion } from '../installation.js';
import type { JobClass } from '../jobfile/job-class.js';
import type { Kernel } from '../kernel/kernel.js';
import { readTextFile } from '../kernel/read-file.js';
import { selectSource } from '../tracker/sources/select.js';
import type { InitOptions } from './init-options.js';
import { jobLabel } from './job-key.js';
import { JOB_PATH } from './launch/job-path.js';
import type { Self } from './launch/identity.js';
import { Launcher } from './launch/launcher.js';
import { inheritedEnvironment } from './launch/inherited-environment.js';
import { OPEN_FILES_VARIABLE, openFilesOf } from './launch/open-files.js';
import type { LaunchDefaults } from './launch/needs.js';
import type { Life } from './life/life.js';
import { rulesJob } from './life/rules-job.js';
import type { Log } from './log.js';
import type { ReportLane } from './report-lane.js';
import { ConsoleWriter } from './output/console-writer.js';
import { JobOutputs } from './output/job-outputs.js';
import { MadeDirectories } from './runtime-dirs/made-directories.js';
import { RuntimeDirectories } from './runtime-dirs/runtime-directories.js';
import type { Storage } from './state/storage.js';
import type { Runlevels } from './bridges/runlevel.js';
import { LoginRecords } from './life/login-records.js';
import { Supervisor } from './supervisor.js';
import { UnclearProcesses } from './unclear-processes.js';

/** Upstart's (section 2.1): what a job gets as PATH where nothing says otherwise. */

/** Upstart's default (section 2), for every mode but `user`. */
const JOB_UMASK = 0o022;

export interface Surroundings {
  readonly options: InitOptions;
  readonly kernel: Kernel;
  readonly lane: ReportLane;
  readonly log: Log;
  readonly life: Life;
  readonly storage: Storage;
  /** COMMAND, where there is one */
  readonly command: JobClass | undefined;
  /** the terminal that COMMAND gets, a descriptor */
  readonly terminal: number | undefined;
  readonly onReexec: () => void;
}

/** Makes the supervisor of its parts. Nothing has been started when it returns. */
export function assemble(surroundings: Surroundings): { supervisor: Supervisor; outputs: JobOutputs } {
  const { options, kernel, lane, log, life, storage, command, terminal, onReexec } = surroundings;
  const { source, tests } = selectSource(kernel, options.tracker);
  log('info', `Tracker ${source.name}`);
  const inherited = inheritedEnvironment(process.env);
  const openFiles = process.env[OPEN_FILES_VARIABLE];
  const ownEnvironment = Object.entries(inherited).map(([key, value]) => `${key}=${value}`);
  const jobEnvironment = options.inheritEnv ? ownEnvironment : smallEnvironment();
  const outputs = makeOutputs(surroundings);
  const user = options.mode === 'user';
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const runtimeDirectories = makeRuntimeDirectories(self, storage, log);
  const launchDefaults: LaunchDefaults = {
    self,
    inherited,
    table: jobEnvironment,
    socket: options.socket,
    directory: user ? process.cwd() : '/',
    umask: user ? undefined : JOB_UMASK,
    openFiles: openFilesOf(openFiles, readTextFile('/proc/self/limits', { limit: 64 * 1024 })),
    debug: false,
  };
  const launcher = new Launcher({
    kernel,
    stdio: outputs,
    isTraced: source.capabilities.traces,
    warn: (job, text) => supervisor.say('warn', `${jobLabel(job)}: ${text}`),
    prepared: (request) => runtimeDirectories.prepare(request),
    additions: (request) => supervisor.readiness.additions(request),
    heldBack: (request) => supervisor.groups.wants(request),
    atGate: (pid, request) => supervisor.groups.enter(pid, request),
    defaults: launchDefaults,
    foregroundOn: ({ job }) => (job.name === command?.name ? terminal : undefined),
  });
  const supervisor: Supervisor = new Supervisor({
    kernel,
    options,
    version: installedVersion(),
    lane,
    log,
    source,
    tests,
    launcher,
    outputs,
    launches: storage.launches,
    runtimeDirectories,
    launchDefaults,
    unclear: new UnclearProcesses(kernel.processes, (input) => supervisor.engine.submit(input)),
    builtIn: [command, rulesJob(options, ownProgram())].filter((job) => job !== undefined),
    jobEnvironment,
    ownEnvironment,
    onJobChanged: (job) => storage.jobChanged(job),
    onJobGone: (job) => storage.jobGone(job),
    onMainChanged: (job) => storage.mainChanged(job),
    beforeReply: (job) => {
      // a crash does not take back what a client has been told
      if (job !== undefined) storage.save(job);
    },
    onEssentialEnded: (effect) => life.essentialEnded(effect),
    onShutdown: () => life.shutdown(),
    onRunlevel: options.mode === 'machine' ? recordRunlevels(log) : () => undefined,
    onRunlevelReached: (env) => life.runlevelReached(env),
    onReload: () => life.reloadJobFiles(),
    onReexec,
  });
  return { supervisor, outputs };
}

/** What who(1) and last(1) know of runlevels. A record that cannot be written is no reason to do anything else. */
function recordRunlevels(log: Log): (levels: Runlevels) => void {
  const records = new LoginRecords(Date.now() - uptime() * 1000);
  return ({ previous, current }) => {
    try {
      records.changed(previous, current);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      log('info', `The runlevel is not recorded in utmp and wtmp: ${error.message}`);
    }
  };
}

/** The words that run this very program. */
function ownProgram(): readonly string[] {
  const [, script] = process.argv;
  return script === undefined ? [process.execPath] : [process.execPath, script];
}

function makeRuntimeDirectories(self: Self, storage: Storage, log: Log): RuntimeDirectories {
  const base = self.uid === 0 ? '/run' : (process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${self.uid}`);
  const warn = (text: string): void => log('warn', text);
  return new RuntimeDirectories(new MadeDirectories(() => storage.madeDirectories, warn), self, base, warn);
}

function makeOutputs({ options, kernel, lane, log, storage }: Surroundings): JobOutputs {
  return new JobOutputs({
    kernel,
    logdir: options.logdir,
    logIndex: options.logIndex,
    fifodir: storage.fifodir,
    defaultConsole: options.defaultConsole,
    defaultFormat: 'prefix',
    console: new ConsoleWriter(1, kernel.files, log),
    rawConsole: options.raw ?? false,
    logsToConsole: options.logsToConsole ?? false,
    consoleDevice: options.mode === 'machine' ? '/dev/console' : undefined,
    beforeRead: () => lane.flush(),
    report: log,
  });
}

/** What a job gets in Upstart: PATH, and the terminal that init has. */
function smallEnvironment(): readonly string[] {
  return [`PATH=${JOB_PATH}`, `TERM=${process.env['TERM'] ?? 'linux'}`];
}

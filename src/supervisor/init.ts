/** `foster init`: puts the supervisor together, begins, and ends it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ControlServer } from '../control/server.js';
import { keepInheritedDescriptorsFromChildren } from '../kernel/close-on-exec.js';
import type { Kernel } from '../kernel/kernel.js';
import { createKernel } from '../kernel/linux.js';
import { selectSource } from '../tracker/sources/select.js';
import type { InitOptions } from './init-options.js';
import { Launcher } from './launch/launcher.js';
import { Life } from './life/life.js';
import { SignalHandlers } from './life/signal-handlers.js';
import { createLog, type Log } from './log.js';
import { ConsoleWriter } from './output/console-writer.js';
import { JobOutputs } from './output/job-outputs.js';
import { Supervisor } from './supervisor.js';

/** Upstart's (section 2.1): what a job gets as PATH where nothing says otherwise. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin';

/** What jobs' files and directories are made with (Upstart section 2). */
const UMASK = 0o022;

/**
 * Runs until it is told to end.
 * @returns the exit status: that of the essential job, or 0
 */
export async function runInit(options: InitOptions): Promise<number> {
  const signals = new SignalHandlers();
  if (options.mode !== 'user') process.umask(UMASK);
  const kernel = createKernel();
  keepInheritedDescriptorsFromChildren();
  const stderr = new ConsoleWriter(2, kernel.files, () => undefined);
  const log = createLog(options.logFormat, options.logPriority, (line) => stderr.write(line));
  if (process.pid !== 1) {
    kernel.processes.becomeSubreaper();
    log(
      'info',
      `Not PID 1 but process ${process.pid}: orphans of jobs come here, the machine's others do not`,
    );
  }
  const life = new Life(options, log);
  const supervisor = assemble(options, kernel, log, life);
  const server = await ControlServer.listen({
    api: supervisor,
    path: options.socket,
    peerCredentials: (fd) => kernel.peerCredentials(fd),
    ownUid: process.getuid?.() ?? 0,
    warn: (text) => log('warn', text),
  });
  life.begin(supervisor, kernel);
  supervisor.start();
  life.readJobFiles();
  signals.begin((name) => life.signalled(name));
  if (options.startupEvent !== undefined) void supervisor.emit(options.startupEvent, [], false);
  const status = await life.ended;
  signals.stop();
  await server.close();
  supervisor.close();
  log.flush();
  stderr.close();
  return status;
}

function assemble(options: InitOptions, kernel: Kernel, log: Log, life: Life): Supervisor {
  const { source, tests } = selectSource(kernel, options.tracker);
  log('info', `Tracker ${source.name}`);
  const fifodir = join(options.rundir, 'output');
  mkdirSync(fifodir, { recursive: true });
  const ownEnvironment = Object.entries(process.env).map(([key, value]) => `${key}=${value ?? ''}`);
  const jobEnvironment = options.inheritEnv ? ownEnvironment : smallEnvironment();
  const outputs = new JobOutputs({
    kernel,
    logdir: options.logdir,
    fifodir,
    defaultConsole: options.defaultConsole,
    defaultFormat: 'prefix',
    console: new ConsoleWriter(1, kernel.files, log),
    consoleDevice: options.mode === 'machine' ? '/dev/console' : undefined,
    report: log,
  });
  const user = options.mode === 'user';
  const launcher = new Launcher({
    kernel,
    stdio: outputs,
    defaults: {
      self: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      inherited: process.env,
      table: jobEnvironment,
      directory: user ? process.cwd() : '/',
      umask: user ? undefined : UMASK,
      debug: false,
    },
  });
  return new Supervisor({
    kernel,
    options,
    version: version(),
    log,
    source,
    tests,
    launcher,
    outputs,
    jobEnvironment,
    ownEnvironment,
    onJobChanged: () => undefined,
    onJobGone: () => undefined,
    onEssentialEnded: (effect) => life.essentialEnded(effect),
    onShutdown: () => life.shutdown(),
    onReload: () => life.readJobFiles(),
    onReexec: () => life.reexec(),
  });
}

/** What a job gets in Upstart: PATH, and the terminal that init has. */
function smallEnvironment(): readonly string[] {
  return [`PATH=${DEFAULT_PATH}`, `TERM=${process.env['TERM'] ?? 'linux'}`];
}

function version(): string {
  const path = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

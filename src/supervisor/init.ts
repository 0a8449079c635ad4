/** `foster init`: assembles the supervisor, starts it, and ends it. */
import { join } from 'node:path';
import { connectionLimit } from '../control/server/admission.js';
import { ControlServer, type ControlServerOptions } from '../control/server/server.js';
import { SocketPathError } from '../control/socket-address.js';
import {
  inheritedDescriptors,
  keepInheritedDescriptorsFromChildren,
} from '../kernel/process/close-on-exec.js';
import { reserveDescriptors } from '../kernel/files/descriptor-reserve.js';
import { foregroundTerminal } from '../kernel/process/foreground.js';
import type { Kernel } from '../kernel/kernel.js';
import { UnsupportedPlatformError } from '../kernel/libc.js';
import { createKernel } from '../kernel/linux.js';
import { endMachine } from '../kernel/machine.js';
import { readProcLink } from '../kernel/proc/proc-file.js';
import { assemble } from './assembly/assemble.js';
import type { InitOptions } from './init-options.js';
import { commandJob } from './lifecycle/command-line-jobs.js';
import { descriptorShortage, ownLimits } from './launch/open-files.js';
import { runDegraded } from './lifecycle/degraded.js';
import { answerEarlyFailure } from './lifecycle/early-failure.js';
import { logOnce } from './lifecycle/failures.js';
import type { Ending } from './lifecycle/lifecycle.js';
import { LoginRecords } from './lifecycle/login-records.js';
import { startMachine } from './lifecycle/machine-start.js';
import { NamespaceInit } from './lifecycle/namespace-init.js';
import { Replacement } from './lifecycle/replacement.js';
import { SignalHandlers } from './lifecycle/signal-handlers.js';
import { createLog, type Log } from './log/log.js';
import { ConsoleWriter } from './output/console-writer.js';
import { Relay } from './assembly/relay.js';
import { ReportLane } from './engine/report-lane.js';
import { receiveWithDescriptors } from './state/handed-descriptors.js';
import { HANDOVER_VARIABLE, type Handover } from './state/handover.js';
import { openRunDirectory } from './state/open-run-directory.js';
import type { SupervisorApi } from './answers.js';
import { isCodedError } from '../kernel/errno.js';

/** The umask that jobs get (Upstart section 2). */
const UMASK = 0o022;

/** The longest that Node's setInterval accepts, 31 bits of milliseconds: one wake-up in 24 days. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;

/** Runs the supervisor until it shuts down. @returns the exit status: that of the essential job, or 0 */
export async function runInit(options: InitOptions): Promise<number> {
  const signals = new SignalHandlers();
  const umask = process.umask(UMASK);
  // after a re-exec the jobs are running: it must go on even with a low limit
  const isReplacement = process.env[HANDOVER_VARIABLE] !== undefined;
  if (!isReplacement) requireDescriptors();
  reserveDescriptors();
  const kernel = createKernel();
  const inherited = isReplacement ? inheritedDescriptors() : new Set<number>();
  keepInheritedDescriptorsFromChildren();
  const stderr = new ConsoleWriter(2, kernel.files, () => undefined);
  const lane = new ReportLane();
  const log = await createLog(options.logFormat, options.logPriority, (line) => stderr.write(line), lane);
  // by itself, Node would write them to the standard error that COMMAND shares, and set O_NONBLOCK there
  process
    .removeAllListeners('warning')
    .on('warning', ({ name, message }) => log('warn', `${name}: ${message}`));
  if (options.mode === 'machine') startMachine(log);
  requireProc(kernel);
  const { handover, closePipes } = receiveWithDescriptors(inherited, log);
  if (handover === undefined && process.pid !== 1) reportNotPidOne(options, log);
  if (handover === undefined) reportLogLocation(options, log);
  if (handover !== undefined) {
    log.priority = handover.logPriority;
    signals.resume(handover.signals);
  }
  if (process.pid !== 1) kernel.processes.becomeSubreaper();
  if (options.mode === 'user') process.umask(umask);
  // keeps Node running if there is neither a control socket nor a source with a descriptor
  const alive = setInterval(() => undefined, MAX_INTERVAL_MS);
  const namespaceInit = NamespaceInit.claim(kernel);
  const start = { options, signals, umask, kernel, lane, log, handover, closePipes, namespaceInit };
  const { status, machine } = await run(start).finally(() => clearInterval(alive));
  closeAll(logOnce(log), [
    () => log.flush(),
    () => {
      if (options.mode === 'machine' && process.pid === 1) endMachineAs(machine);
    },
    () => stderr.close(),
    () => signals.stop(),
  ]);
  return status;
}

function endMachineAs(machine: Ending['machine']): void {
  recordEnd();
  endMachine(machine);
}

/** Writes the record of utmp. A failure is ignored, since the machine ends in any case. */
function recordEnd(): void {
  try {
    new LoginRecords(0).recordShutdown();
  } catch (error) {
    if (!isCodedError(error)) throw error;
  }
}

interface Start {
  readonly options: InitOptions;
  readonly signals: SignalHandlers;
  /** as it was when foster was started */
  readonly umask: number;
  readonly kernel: Kernel;
  readonly lane: ReportLane;
  readonly log: Log;
  /** what the previous program handed over, after a re-exec */
  readonly handover: Handover | undefined;
  /** closes pipes of a handover that cannot be used, once the jobs have been recovered */
  readonly closePipes: () => void;
  /** undefined unless foster is PID 1 of a pid namespace */
  readonly namespaceInit: NamespaceInit | undefined;
}

/**
 * Runs the supervisor. At the first start an error ends foster, and the user sees the message. After a re-exec it
 * must not: jobs are running, and foster may be PID 1.
 */
async function run(start: Start): Promise<Ending> {
  const { handover, namespaceInit } = start;
  if (handover === undefined) return runSupervisor(start);
  const parts = { ...start, handover };
  if (handover.kind === 'degraded' && namespaceInit !== undefined)
    return runDegraded({ ...parts, namespaceInit });
  const failed = (error: unknown): never => answerEarlyFailure(error, parts);
  process.on('uncaughtException', failed);
  try {
    return await runSupervisor(start, () => process.off('uncaughtException', failed));
  } catch (error) {
    return failed(error);
  }
}

/** @param onAnswered called once the supervisor handles uncaught errors itself */
async function runSupervisor(
  { options: given, signals, umask, kernel, lane, log, handover, closePipes, namespaceInit }: Start,
  onAnswered: () => void = () => undefined,
): Promise<Ending> {
  const directory = openRunDirectory(given.rundir, kernel, log, handover);
  // in a run directory that is not ours, somebody else could have put job files
  const runJobs = directory === undefined ? {} : { runJobs: join(given.rundir, 'run') };
  const options: InitOptions = { ...given, ...runJobs };
  const reexec = new Relay<void>();
  const terminal = handover === undefined ? options.command && foregroundTerminal() : handover.terminal;
  const command = commandJob(options, { directory: process.cwd(), umask });
  const own = { kernel, log, signals, terminal, namespaceInit };
  const { supervisor, api, startup, life, storage, upkeep } = assemble({
    ...own,
    options,
    lane,
    directory,
    command,
    isReplacement: handover !== undefined,
    onReexec: reexec.send,
  });
  const server = await listen(options, api, { kernel, log, handover });
  startup.listensAt(server?.path);
  if (server !== undefined)
    upkeep.add({ name: 'control socket', repair: () => server.repair(), file: () => server.path });
  const replacement = new Replacement({
    ...own,
    umask,
    failures: handover?.failures ?? [],
    lock: () => directory?.lockDescriptor,
    storage,
    supervisor,
    life,
    server,
  });
  reexec.connect(() => replacement.request());
  replacement.start();
  onAnswered();
  try {
    supervisor.start(handover);
    closePipes();
    replacement.stateIsComplete();
    if (handover?.shutdown !== undefined) life.resumeShutdown(handover.shutdown);
  } catch (error) {
    if (handover === undefined) throw error;
    replacement.onFailure(error);
  }
  const ending = await life.ended;
  const failed = logOnce(log);
  process.on('uncaughtException', failed);
  closeAll(failed, [
    () => replacement.stop(),
    () => signals.ignore(),
    () => server?.close(),
    () => supervisor.close(),
  ]);
  return ending;
}

/** Closes everything, collecting errors: from here on none may cause another re-exec, or change how foster ends. */
function closeAll(failed: (error: unknown) => void, steps: readonly (() => void)[]): void {
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      failed(error);
    }
  }
}

/**
 * @throws UnsupportedPlatformError if the limit of open files is too low; otherwise EMFILE errors would follow later
 */
function requireDescriptors(): void {
  const shortage = descriptorShortage();
  if (shortage !== undefined) throw new UnsupportedPlatformError(shortage);
}

/** @throws UnsupportedPlatformError if /proc is missing or belongs to another pid namespace */
function requireProc({ proc }: Pick<Kernel, 'proc'>): void {
  if (proc.stat(process.pid) !== undefined && ownNumberInProc() === process.pid) return;
  throw new UnsupportedPlatformError(
    `foster needs the /proc of its own pid namespace, and it is not mounted; run mount -t proc proc /proc (foster has pid ${process.pid}, and /proc does not show that)`,
  );
}

/**
 * Returns foster's pid according to /proc. In the /proc of another pid namespace, every pid means another process.
 */
function ownNumberInProc(): number | undefined {
  const link = readProcLink('/proc/self');
  return link === undefined ? undefined : Number(link);
}

/** Tells readers of a container's log why it contains the jobs' output, and where else that is. */
function reportLogLocation({ logsToConsole, logdir }: InitOptions, log: Log): void {
  if (logsToConsole !== true) return;
  log(
    'message',
    `The output of jobs goes to standard output as well as to ${logdir}; --logdir DIR keeps it in files only`,
  );
}

/** Tells users of tini and dumb-init why zombies stay in their container. */
function reportNotPidOne({ mode }: InitOptions, log: Log): void {
  log(
    mode === 'user' ? 'info' : 'message',
    `Not PID 1 but process ${process.pid}: foster reaps the orphans of its jobs, but not the other orphans of the ${mode === 'machine' ? 'machine' : 'container'}`,
  );
}

/**
 * Opens the control socket. If there is no place for it (a container with a read-only root), PID 1 and `foster init
 * -- COMMAND` go on without one; any other supervisor would be of no use and fails.
 */
async function listen(
  options: InitOptions,
  api: SupervisorApi,
  { kernel, log, handover }: Pick<Start, 'kernel' | 'log' | 'handover'>,
): Promise<ControlServer | undefined> {
  const serverOptions: ControlServerOptions = {
    api,
    path: options.socket,
    inherited: handover?.socket,
    descriptors: kernel.descriptors,
    peerCredentials: (fd) => kernel.peerCredentials(fd),
    connections: connectionLimit(ownLimits()),
    ownUid: process.getuid?.() ?? 0,
    warn: (text) => log('warn', text),
  };
  try {
    return await ControlServer.listen(serverOptions);
  } catch (error) {
    if (!(error instanceof SocketPathError)) throw error;
    const isNeeded = process.pid !== 1 && options.mode !== 'command';
    if (isNeeded && handover === undefined) throw error;
    log('warn', `No control socket, so foster commands cannot reach this supervisor: ${error.message}`);
    // jobs are running: the socket is created as soon as that is possible
    return handover === undefined ? undefined : ControlServer.withoutSocket(serverOptions);
  }
}

/** `foster init`: puts the supervisor together, begins, and ends it. */
import { join } from 'node:path';
import { readlinkSync } from 'node:fs';
import { connectionLimit } from '../control/server/admission.js';
import { ControlServer, type ControlServerOptions } from '../control/server/server.js';
import { SocketPathError } from '../control/socket-address.js';
import { keepInheritedDescriptorsFromChildren } from '../kernel/process/close-on-exec.js';
import { reserveDescriptors } from '../kernel/files/descriptor-reserve.js';
import { foregroundTerminal } from '../kernel/process/foreground.js';
import type { Kernel } from '../kernel/kernel.js';
import { UnsupportedPlatformError } from '../kernel/libc.js';
import { createKernel } from '../kernel/linux.js';
import { endMachine } from '../kernel/machine.js';
import { readProcFile } from '../kernel/proc/proc-file.js';
import type { SupervisorApi } from './api.js';
import { assemble } from './assembly/assemble.js';
import type { InitOptions } from './init-options.js';
import { commandJob } from './lifecycle/command-job.js';
import { descriptorShortage } from './launch/open-files.js';
import { logOnce, runDegraded } from './lifecycle/degraded.js';
import { answerEarlyFailure } from './lifecycle/early-failure.js';
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
import { HANDOVER_VARIABLE, receiveHandover, type Handover } from './state/handover.js';
import { thisBoot } from './state/boot-identity.js';
import { openRunDirectory } from './state/storage.js';

/** What jobs' files and directories are made with (Upstart section 2). */
const UMASK = 0o022;

/** Node's setInterval takes 31 bits of milliseconds: one wake-up in 24 days. */
const LONGEST_INTERVAL = 2 ** 31 - 1;

/**
 * Runs until it is told to end.
 * @returns the exit status: that of the essential job, or 0
 */
export async function runInit(options: InitOptions): Promise<number> {
  const signals = new SignalHandlers();
  const umask = process.umask(UMASK);
  // a program that replaces another one has been asked before that; nothing may end it now
  if (process.env[HANDOVER_VARIABLE] === undefined) requireDescriptors();
  reserveDescriptors();
  const kernel = createKernel();
  keepInheritedDescriptorsFromChildren();
  const stderr = new ConsoleWriter(2, kernel.files, () => undefined);
  const lane = new ReportLane();
  const log = await createLog(options.logFormat, options.logPriority, (line) => stderr.write(line), lane);
  if (options.mode === 'machine') startMachine(log);
  requireProc(kernel);
  const handover = receiveHandover(thisBoot(), process.env);
  if (handover === undefined && process.pid !== 1) noteNotPidOne(options, log);
  if (handover === undefined) noteWhereLogsGo(options, log);
  if (handover !== undefined) {
    log.priority = handover.logPriority;
    signals.resume(handover.signals);
  }
  if (process.pid !== 1) kernel.processes.becomeSubreaper();
  if (options.mode === 'user') process.umask(umask);
  // nothing else keeps the program going where there is no control socket and no source with a descriptor
  const alive = setInterval(() => undefined, LONGEST_INTERVAL);
  const namespaceInit = NamespaceInit.claim(kernel);
  const start = { options, signals, umask, kernel, lane, log, handover, namespaceInit };
  // an error is told to whoever started foster, and that is the end
  const { status, machine } = await run(start).finally(() => clearInterval(alive));
  log.flush();
  stderr.close();
  if (options.mode === 'machine' && process.pid === 1) {
    recordEnd();
    endMachine(machine);
  }
  return status;
}

/** The log is closed by now, and the machine ends whether it is recorded or not. */
function recordEnd(): void {
  try {
    new LoginRecords(0).ended();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

interface Start {
  readonly options: InitOptions;
  readonly signals: SignalHandlers;
  /** of the program's start */
  readonly umask: number;
  readonly kernel: Kernel;
  readonly lane: ReportLane;
  readonly log: Log;
  /** of the program that this one has replaced in the same process */
  readonly handover: Handover | undefined;
  /** undefined where this is an ordinary process */
  readonly namespaceInit: NamespaceInit | undefined;
}

/** After a re-exec, no error on the way to a new supervisor ends PID 1; at the first start somebody waits for the message. */
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

/** @param onAnswered called when the supervisor itself answers its errors */
async function runSupervisor(
  { options: given, signals, umask, kernel, lane, log, handover, namespaceInit }: Start,
  onAnswered: () => void = () => undefined,
): Promise<Ending> {
  const directory = openRunDirectory(given.rundir, kernel, log, handover);
  // where the run directory is not ours, its job files would be somebody else's
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
  const server = await listen(options, api, kernel, log, handover);
  startup.listensAt(server?.path);
  if (server !== undefined)
    upkeep.add({ name: 'control socket', mend: () => server.mend(), file: () => server.path });
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
  replacement.begin();
  onAnswered();
  try {
    supervisor.start(handover);
    if (handover?.shutdown !== undefined) life.resumeShutdown(handover.shutdown);
  } catch (error) {
    if (handover === undefined) throw error;
    replacement.failed(error);
  }
  const ending = await life.ended;
  // nothing is left to replace: an error now may not change how PID 1 ends
  process.on('uncaughtException', logOnce(log));
  replacement.stop();
  signals.stop();
  server?.close();
  supervisor.close();
  return ending;
}

/** @throws UnsupportedPlatformError with the number, instead of errors one after the other in the midst of work */
function requireDescriptors(): void {
  const shortage = descriptorShortage();
  if (shortage !== undefined) throw new UnsupportedPlatformError(shortage);
}

/** @throws UnsupportedPlatformError where processes cannot be looked at: everything else would fail by it, one after the other */
function requireProc({ proc }: Pick<Kernel, 'proc'>): void {
  if (proc.stat(process.pid) !== undefined && ownNumberInProc() === process.pid) return;
  throw new UnsupportedPlatformError(
    `foster needs /proc, and there is none of this pid namespace: mount -t proc proc /proc (this process has pid ${process.pid}, and another one or none there)`,
  );
}

/** Of another pid namespace's /proc, every number means another process: foster would judge strangers. */
function ownNumberInProc(): number | undefined {
  try {
    return Number(readlinkSync('/proc/self'));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** Who reads a container's log should know why jobs' lines are in it, and where else they are. */
function noteWhereLogsGo({ logsToConsole, logdir }: InitOptions, log: Log): void {
  if (logsToConsole !== true) return;
  log(
    'message',
    `What jobs log goes to standard output as well as to ${logdir}; --logdir DIR keeps it to files alone`,
  );
}

/** Users of tini and dumb-init look for this line when zombies stay in their container. */
function noteNotPidOne({ mode }: InitOptions, log: Log): void {
  log(
    mode === 'user' ? 'info' : 'message',
    `Not PID 1 but process ${process.pid}: orphans of jobs come here, others of the ${mode === 'machine' ? 'machine' : 'container'} do not`,
  );
}

/**
 * Having no place for the socket (a container with a read-only root) is no reason for PID 1 to end, nor for COMMAND not to
 * run. An ordinary supervisor would be of no use without it.
 */
async function listen(
  options: InitOptions,
  api: SupervisorApi,
  kernel: Kernel,
  log: Log,
  handover: Handover | undefined,
): Promise<ControlServer | undefined> {
  const serverOptions: ControlServerOptions = {
    api,
    path: options.socket,
    inherited: handover?.socket,
    descriptors: kernel.descriptors,
    peerCredentials: (fd) => kernel.peerCredentials(fd),
    connections: connectionLimit(readProcFile('/proc/self/limits')?.toString('utf8') ?? ''),
    ownUid: process.getuid?.() ?? 0,
    warn: (text) => log('warn', text),
  };
  try {
    return await ControlServer.listen(serverOptions);
  } catch (error) {
    if (!(error instanceof SocketPathError)) throw error;
    const isNeeded = process.pid !== 1 && options.mode !== 'command';
    if (isNeeded && handover === undefined) throw error;
    log('warn', `Nobody can ask or tell foster anything: ${error.message}`);
    // jobs run already: whatever has become of the directory, the socket is made as soon as that is possible
    return handover === undefined ? undefined : ControlServer.withoutSocket(serverOptions);
  }
}

/** `foster init`: puts the supervisor together, begins, and ends it. */
import { ControlServer } from '../control/server.js';
import { SocketPathError } from '../control/socket-address.js';
import { keepInheritedDescriptorsFromChildren } from '../kernel/close-on-exec.js';
import { foregroundTerminal } from '../kernel/foreground.js';
import type { Kernel } from '../kernel/kernel.js';
import { createKernel } from '../kernel/linux.js';
import { endMachine } from '../kernel/machine.js';
import { assemble } from './assemble.js';
import type { InitOptions } from './init-options.js';
import { commandJob } from './life/command-job.js';
import { Life } from './life/life.js';
import { startMachine } from './life/machine-start.js';
import { SignalHandlers } from './life/signal-handlers.js';
import { createLog, type Log } from './log.js';
import { ConsoleWriter } from './output/console-writer.js';
import { Storage } from './state/storage.js';
import type { Supervisor } from './supervisor.js';

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
  if (options.mode === 'user') process.umask(umask);
  const kernel = createKernel();
  keepInheritedDescriptorsFromChildren();
  const stderr = new ConsoleWriter(2, kernel.files, () => undefined);
  const log = createLog(options.logFormat, options.logPriority, (line) => stderr.write(line));
  if (options.mode === 'machine') startMachine(log);
  if (process.pid !== 1) becomeParentOfOrphans(options, kernel, log);
  const storage = Storage.open(options.rundir, kernel, log);
  const life = new Life(options, log);
  const terminal = options.command && foregroundTerminal();
  const command = commandJob(options, { directory: process.cwd(), umask });
  const { supervisor, outputs } = assemble({ options, kernel, log, life, storage, command, terminal });
  const server = await listen(options, supervisor, kernel, log);
  life.begin(supervisor, kernel);
  const isNew = storage.takeBack(supervisor, outputs);
  supervisor.start();
  // before COMMAND: whoever hears of it may send it a signal
  signals.begin((name) => life.signalled(name, terminal !== undefined));
  life.startCommand();
  supervisor.activation.listen();
  // a supervisor that takes over goes on where the former one stopped: the machine does not start twice
  if (isNew && options.startupEvent !== undefined) void supervisor.emit(options.startupEvent, [], false);
  supervisor.activation.begin(isNew);
  // nothing else keeps the program going where there is no control socket and no source with a descriptor
  const alive = setInterval(() => undefined, LONGEST_INTERVAL);
  const { status, machine } = await life.ended;
  clearInterval(alive);
  signals.stop();
  life.close();
  await server?.close();
  supervisor.close();
  storage.close();
  log.flush();
  stderr.close();
  if (options.mode === 'machine' && process.pid === 1) endMachine(machine);
  return status;
}

/** Users of tini and dumb-init look for this line when zombies stay in their container. */
function becomeParentOfOrphans({ mode }: InitOptions, kernel: Kernel, log: Log): void {
  kernel.processes.becomeSubreaper();
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
  supervisor: Supervisor,
  kernel: Kernel,
  log: Log,
): Promise<ControlServer | undefined> {
  try {
    return await ControlServer.listen({
      api: supervisor,
      path: options.socket,
      peerCredentials: (fd) => kernel.peerCredentials(fd),
      ownUid: process.getuid?.() ?? 0,
      warn: (text) => log('warn', text),
    });
  } catch (error) {
    const isNeeded = process.pid !== 1 && options.mode !== 'command';
    if (isNeeded || !(error instanceof SocketPathError)) throw error;
    log('warn', `Nobody can ask or tell foster anything: ${error.message}`);
    return undefined;
  }
}

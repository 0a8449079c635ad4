/** `foster init`: puts the supervisor together, begins, and ends it. */
import { ControlServer } from '../control/server.js';
import { keepInheritedDescriptorsFromChildren } from '../kernel/close-on-exec.js';
import { createKernel } from '../kernel/linux.js';
import { assemble } from './assemble.js';
import type { InitOptions } from './init-options.js';
import { Life } from './life/life.js';
import { SignalHandlers } from './life/signal-handlers.js';
import { createLog } from './log.js';
import { ConsoleWriter } from './output/console-writer.js';
import { Storage } from './state/storage.js';

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
  const storage = Storage.open(options.rundir, kernel, log);
  const life = new Life(options, log);
  const { supervisor, outputs } = assemble({ options, kernel, log, life, storage });
  const server = await ControlServer.listen({
    api: supervisor,
    path: options.socket,
    peerCredentials: (fd) => kernel.peerCredentials(fd),
    ownUid: process.getuid?.() ?? 0,
    warn: (text) => log('warn', text),
  });
  life.begin(supervisor, kernel);
  const isNew = storage.takeBack(supervisor, outputs);
  supervisor.start();
  signals.begin((name) => life.signalled(name));
  // a supervisor that takes over goes on where the former one stopped: the machine does not start twice
  if (isNew && options.startupEvent !== undefined) void supervisor.emit(options.startupEvent, [], false);
  const status = await life.ended;
  signals.stop();
  life.close();
  await server.close();
  supervisor.close();
  storage.close();
  log.flush();
  stderr.close();
  return status;
}

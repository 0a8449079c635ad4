/** foster init: turns the command line and the environment into the options of the supervisor. */
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import {
  configurationDirectories,
  logDirectory,
  logIndexDirectories,
  runDirectories,
  socketIn,
  stateDirectory,
  type Who,
} from '../../supervisor/directories.js';
import { LOG_PRIORITIES, type InitMode, type InitOptions } from '../../supervisor/init-options.js';
import { endProcess } from '../../kernel/process/own-process.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';
import { SOURCE_CHOICES } from '../../tracker/sources/source.js';
import { isCodedError } from '../../kernel/errno.js';

/** `docker stop` kills after 10 s, and foster needs some of that to end itself. */
const STOP_BUDGET_SECONDS = 8;

export async function init(invocation: Invocation): Promise<number> {
  // V8 would interpret rarely run code for its first hundred runs, and discard idle code. With these flags it
  // compiles code on the first run and keeps it, so that foster reacts to a death within a millisecond even
  // after hours of idleness.
  setFlagsFromString('--always-sparkplug');
  setFlagsFromString('--no-flush-bytecode');
  const { runInit } = await import('../../supervisor/init.js');
  const { RunDirectoryError } = await import('../../supervisor/state/run-directory.js');
  const { SocketPathError } = await import('../../control/socket-address.js');
  const { UnsupportedPlatformError } = await import('../../kernel/libc.js');
  const { SourceUnavailableError } = await import('../../tracker/sources/select.js');
  try {
    return endProcess(await runInit(initOptions(invocation)));
  } catch (error) {
    // mistakes of the administrator and unsupported machines: one sentence instead of a stack
    const known = [RunDirectoryError, SocketPathError, SourceUnavailableError, UnsupportedPlatformError];
    if (error instanceof Error && known.some((kind) => error instanceof kind)) {
      invocation.complain(error.message);
      return endProcess(EXIT.failed);
    }
    throw error;
  }
}

/**
 * @param usable picks a directory among the candidates; a parameter for tests
 * @throws CliError when options contradict each other
 */
export function initOptions(invocation: Invocation, usable = firstUsable): InitOptions {
  const { uid, env } = invocation.terminal;
  const who: Who = { uid, env };
  const mode = modeOf(invocation);
  const user = mode === 'user';
  const confdirs = invocation.values('confdir').map((directory) => resolve(directory));
  const rules = invocation.values('rules').map((file) => resolve(file));
  const rundir = resolve(invocation.value('rundir') ?? usable(runDirectories(who), uid));
  const isNamed = invocation.value('rundir') !== undefined;
  return {
    mode,
    confdirs: confdirs.length > 0 ? confdirs : configurationDirectories(who, user),
    isConfdirNamed: confdirs.length > 0 || (env['UPSTART_CONFDIR'] ?? '') !== '',
    logdir: resolve(invocation.value('logdir') ?? logDirectory(who, user, confdirs)),
    logIndex: resolve(
      invocation.value('log-index') ?? usable(logIndexDirectories(who, user, { path: rundir, isNamed }), uid),
    ),
    rundir,
    statedir: resolve(invocation.value('statedir') ?? stateDirectory(who, user, { path: rundir, isNamed })),
    socket: resolve(invocation.value('socket') ?? env['FOSTER_SOCKET'] ?? socketIn(rundir)),
    startupEvent: startupEvent(invocation),
    tracker: invocation.choice('tracker', SOURCE_CHOICES) ?? 'auto',
    stopBudget: invocation.amount('stop-budget', 'seconds') ?? STOP_BUDGET_SECONDS,
    // a session init passes its environment on, as Upstart's does (section 10)
    inheritEnv: user || invocation.has('inherit-env'),
    logFormat: invocation.choice('log-format', ['text', 'json']) ?? 'text',
    logPriority: invocation.choice('log-priority', LOG_PRIORITIES) ?? 'message',
    defaultConsole: defaultConsole(invocation),
    ...(logsToConsole(invocation, mode) ? { logsToConsole: true } : {}),
    ...(invocation.raw ? { raw: true } : {}),
    ...(mode === 'command' ? { command: invocation.words } : {}),
    ...(noHandOff(invocation, mode) ? { noHandOff: true as const } : {}),
    ...(rules.length > 0 ? { rules } : {}),
  };
}

/**
 * Tests whether logs go to the console: a log directory that was not given vanishes with the container, and
 * `docker logs` shows only standard output.
 */
function logsToConsole(invocation: Invocation, mode: InitMode): boolean {
  if (process.pid !== 1 || (mode !== 'container' && mode !== 'command')) return false;
  return invocation.value('logdir') === undefined && !invocation.terminal.env['UPSTART_LOGDIR'];
}

function modeOf(invocation: Invocation): InitMode {
  const chosen = (['user', 'machine'] as const).filter((mode) => invocation.has(mode));
  const modes: readonly InitMode[] = invocation.words.length > 0 ? [...chosen, 'command'] : chosen;
  if (modes.length > 1) {
    throw usageError('init: --user, --machine and a COMMAND exclude each other');
  }
  return modes[0] ?? 'container';
}

function noHandOff(invocation: Invocation, mode: InitMode): boolean {
  if (!invocation.has('no-hand-off')) return false;
  if (mode === 'command') return true;
  throw usageError(
    'init: --no-hand-off is about a COMMAND, and there is none; job files say `hand off never`',
  );
}

function startupEvent(invocation: Invocation): string | undefined {
  const name = invocation.value('startup-event');
  if (!invocation.has('no-startup-event')) return name ?? 'startup';
  if (name !== undefined) throw usageError('init: --startup-event and --no-startup-event exclude each other');
  return undefined;
}

function defaultConsole(invocation: Invocation): InitOptions['defaultConsole'] {
  if (invocation.has('no-log')) return 'none';
  return invocation.choice('default-console', ['log', 'none', 'output', 'owner', 'pty']) ?? 'log';
}

/**
 * Returns the first directory that can be created and written. If there is none, returns the first one: using
 * it then reports the error.
 */
function firstUsable(directories: readonly string[], uid: number): string {
  return directories.find((directory) => isUsable(directory, uid)) ?? directories[0]!;
}

function isUsable(directory: string, uid: number): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    accessSync(directory, constants.W_OK);
    const found = lstatSync(directory);
    // in /tmp, any user may have created it first
    return found.isDirectory() && found.uid === uid;
  } catch (error) {
    if (isCodedError(error)) return false; // EROFS, EACCES: the next one
    throw error;
  }
}

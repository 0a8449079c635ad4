/** version, log-priority and list-sessions: commands about the init daemon itself. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogPriorityBody } from '../../control/protocol.js';
import { readTextFile } from '../../kernel/files/read-file.js';
import { LOG_PRIORITIES, type LogPriority } from '../../supervisor/init-options.js';
import { type Context, type InitctlCommand, UPSTART_VERSION } from './command.js';
import { Failure } from './failure.js';
import { isCodedError } from '../../kernel/errno.js';

export const daemonCommands: Readonly<Record<string, InitctlCommand>> = {
  version: { synopsis: '', summary: 'request the version of the init daemon', options: {}, run: version },
  'log-priority': {
    synopsis: '[PRIORITY]',
    summary: 'change the minimum priority of log messages from the init daemon',
    options: {},
    run: logPriority,
  },
  'list-sessions': { synopsis: '', summary: 'list all sessions', options: {}, run: listSessions },
};

async function version({ client, print: say }: Context): Promise<undefined> {
  await client.request('/v1/version'); // only a living init has a version
  say(`init (${UPSTART_VERSION})`);
}

async function logPriority({ client, print: say, arguments: { words } }: Context): Promise<undefined> {
  const [wanted] = words;
  if (wanted === undefined) {
    const { priority } = await client.request<LogPriorityBody>('/v1/log-priority');
    say(priority);
    return;
  }
  if (!isPriority(wanted)) throw new Failure('The log priority given was not recognised');
  const body: LogPriorityBody = { priority: wanted };
  await client.request('/v1/log-priority', { method: 'PUT', body });
}

function isPriority(word: string): word is LogPriority {
  return LOG_PRIORITIES.some((priority) => priority === word);
}

/**
 * Lists session inits. Each leaves a file PID.session with `UPSTART_SESSION=ADDRESS` in the user's run
 * directory (Upstart section 10).
 */
async function listSessions({ terminal: { env }, print: say }: Context): Promise<undefined> {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (!runtime) throw new Failure('Unable to query session directory: XDG_RUNTIME_DIR is not set');
  const directory = join(runtime, 'upstart', 'sessions');
  const files = await readdir(directory).catch((error: unknown) => {
    throw new Failure(`Unable to query session directory: ${String(error)}`, { cause: error });
  });
  for (const file of files.filter((name) => /^\d+\.session$/.test(name))) {
    const address = /^UPSTART_SESSION=(.+)$/m.exec(readTextFile(join(directory, file), { limit: 4096 }))?.[1];
    if (address !== undefined && sessionLives(Number.parseInt(file, 10))) {
      say(`${file.replace('.session', '')} ${address}`);
    }
  }
}

/** Tests whether the process exists, since the file of a crashed session stays behind. */
function sessionLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCodedError(error) && error.code === 'EPERM';
  }
}

/**
 * Prepares a control socket's path: it may be too long, in use, or left behind by a supervisor that has
 * ended.
 */
import { closeSync, type Stats } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { connectTo } from '../../kernel/sockets/connect.js';
import { SystemError } from '../../kernel/system-error.js';
import { errorCode } from '../../kernel/errno.js';
import { messageOf } from '../../text/phrases.js';
import { checkLength, SocketPathError } from '../socket-address.js';

/**
 * Makes `path` free for a new control socket: removes a stale socket.
 * @throws SocketPathError if it is too long, is no socket, or somebody listens there
 */
export async function makeFree(path: string): Promise<void> {
  checkLength(path);
  // Node would report EACCES for a missing directory
  if ((await statIfThere(dirname(path))) === undefined) {
    throw new SocketPathError(`control socket ${path}: there is no directory ${dirname(path)}`);
  }
  const found = await statIfThere(path);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new SocketPathError(`control socket ${path}: something that is not a socket is in its place`);
  }
  if (await somebodyListens(path)) {
    throw new SocketPathError(
      `control socket ${path}: another supervisor listens there; choose another path with --socket or --rundir`,
    );
  }
  try {
    await unlink(path);
  } catch (error) {
    // on a read-only file system, for instance: PID 1 then goes on without a socket
    throw new SocketPathError(`control socket ${path}: a former one cannot be removed: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** How long to wait for room in a full queue, in milliseconds: that it is full is enough to know. */
const QUEUE_WAIT = 1;

/** Tests synchronously whether somebody listens. @throws SystemError */
export function isListenedAt(path: string): boolean {
  try {
    closeSync(connectTo(path, QUEUE_WAIT).fd);
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return !isDead(error.code);
  }
}

/** Tests for a socket file that no process has open. */
function isDead(code: string | undefined): boolean {
  return code === 'ECONNREFUSED' || code === 'ENOENT';
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

function somebodyListens(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const attempt = connect(path);
    attempt.once('connect', () => {
      attempt.destroy();
      resolve(true);
    });
    attempt.once('error', (error) => {
      // EAGAIN: the full queue of a living process
      if (isDead(errorCode(error))) resolve(false);
      else if (errorCode(error) === 'EAGAIN') resolve(true);
      else reject(new SocketPathError(`control socket ${path}: ${error.message}`, { cause: error }));
    });
  });
}

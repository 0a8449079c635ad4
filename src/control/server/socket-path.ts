/** Taking possession of a control socket's path: too long, in use, or left behind by a supervisor that is no more. */
import { closeSync, type Stats } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { connectTo } from '../../kernel/sockets/connect.js';
import { SystemError } from '../../kernel/system-error.js';
import { checkLength, errorCode, SocketPathError } from '../socket-address.js';

/**
 * Makes `path` free for a new control socket: a stale socket is removed.
 * @throws SocketPathError when it is too long, something else than a socket, or somebody listens there
 */
export async function makeFree(path: string): Promise<void> {
  checkLength(path);
  // Node would say EACCES for a directory that is not there
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
    // on a read-only file system, say: PID 1 then goes on without a socket
    throw new SocketPathError(
      `control socket ${path}: a former one cannot be removed: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** How long a full queue may take to have room, in milliseconds: that it is full says enough. */
const QUEUE_WAIT = 1;

/** The same question, answered at once. @throws SystemError */
export function isListenedAt(path: string): boolean {
  try {
    closeSync(connectTo(path, QUEUE_WAIT).fd);
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return !isDead(error.code);
  }
}

/** A socket file that nobody has open any more refuses. */
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
      // EAGAIN is a full queue of somebody alive
      if (isDead(errorCode(error))) resolve(false);
      else if (errorCode(error) === 'EAGAIN') resolve(true);
      else reject(new SocketPathError(`control socket ${path}: ${error.message}`, { cause: error }));
    });
  });
}

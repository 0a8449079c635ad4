/** What both ends of the control socket know about its address. */

/**
 * sizeof(sockaddr_un.sun_path) is 108 with its final NUL (unix(7)); some libraries silently truncate longer
 * paths.
 */
const SOCKET_PATH_BYTES = 107;

/** Thrown if the path cannot be used for a control socket. The message says why and what to do. */
export class SocketPathError extends Error {
  override readonly name: string = 'SocketPathError';
}

/** @throws SocketPathError if `path` does not fit into a socket address */
export function checkLength(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= SOCKET_PATH_BYTES) return;
  throw new SocketPathError(
    `control socket ${path}: the path has ${bytes} bytes, at most ${SOCKET_PATH_BYTES} are possible; choose a shorter one with --socket`,
  );
}

/**
 * The socket on which cgexec(1) and cgclassify(1) request that rules leave a process alone: two native 32-bit
 * numbers, pid and flags, answered by one word. Observed with libcgroup 2.0.2.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { endianness } from 'node:os';

/** The path of cgrulesengd, which is built into the tools. */
export const STICKY_SOCKET = '/var/run/cgred.socket';

const REQUEST_SIZE = 8;
const ANSWER = 'SUCCESS_STORE_PID\0';

/** Root and the socket's group only: a user who may write here can keep processes out of their groups. */
const UMASK = 0o117;

/** Thrown if another program answers there. */
export class SocketInUseError extends Error {
  override readonly name = 'SocketInUseError';
}

export class StickySocket {
  private constructor(
    private readonly server: Server,
    private readonly path: string,
  ) {}

  /**
   * @param take called with each request
   * @throws SocketInUseError; an Error of Node if the path cannot be used
   */
  static async listen(path: string, take: (pid: number, flags: number) => void): Promise<StickySocket> {
    if (await isAnswered(path))
      throw new SocketInUseError(`${path}: cgrulesengd or another engine answers there`);
    rmSync(path, { force: true });
    const server = createServer((socket) => serve(socket, take));
    const before = process.umask(UMASK);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, () => {
          server.off('error', reject);
          resolve();
        });
      });
    } finally {
      process.umask(before);
    }
    return new StickySocket(server, path);
  }

  close(): void {
    this.server.close();
    rmSync(this.path, { force: true });
  }
}

function serve(socket: Socket, take: (pid: number, flags: number) => void): void {
  let request = Buffer.alloc(0);
  // a client that leaves without waiting for the answer has been served
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    request = Buffer.concat([request, data]);
    if (request.length < REQUEST_SIZE) return;
    const number = (at: number): number =>
      endianness() === 'LE' ? request.readInt32LE(at) : request.readInt32BE(at);
    take(number(0), number(4));
    socket.end(ANSWER);
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // no listener, or no socket
    socket.once('error', () => resolve(false));
  });
}

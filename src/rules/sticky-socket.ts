/**
 * The socket on which cgexec(1) and cgclassify(1) ask that a process be left alone: two native 32-bit numbers, the pid and
 * flags, answered by a word. Observed with libcgroup 2.0.2.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { endianness } from 'node:os';

/** Where cgrulesengd has it; the tools know no other. */
export const STICKY_SOCKET = '/var/run/cgred.socket';

const REQUEST_SIZE = 8;
const ANSWER = 'SUCCESS_STORE_PID\0';

/** Root, and whoever is given the group: who may write here keeps processes out of their groups. */
const UMASK = 0o117;

/** Somebody else answers there. */
export class SocketInUseError extends Error {
  override readonly name = 'SocketInUseError';
}

export class StickySocket {
  private constructor(
    private readonly server: Server,
    private readonly path: string,
  ) {}

  /**
   * @param take is called with each request
   * @throws SocketInUseError; an Error of Node when the path cannot be used
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
  // who goes away without waiting for the answer has been served all the same
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
    // nobody there, or nothing there
    socket.once('error', () => resolve(false));
  });
}

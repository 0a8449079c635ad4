/**
 * Conversations over the real server: pipelined, in pieces, half-closed, broken off, not read. Every request that is right has one
 * answer in order, no answer is an internal error, nothing but HTTP comes back, a connection with an error is closed, and another
 * client is answered meanwhile.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { ControlClient } from '../../../build/src/control/client/client.js';
import { ControlServer } from '../../../build/src/control/server/server.js';
import { EventLoop } from '../../../build/src/kernel/event-loop.js';
import { FakeSupervisor } from '../../../build/test/control/fake-supervisor.js';
import { conversation, textOf } from '../http.js';

const UID = 1000;
const directory = mkdtempSync(join(tmpdir(), 'foster-'));
const path = join(directory, 's');
const warnings = [];
const caller = { pid: process.pid, uid: UID, gid: UID };
const server = await ControlServer.listen({
  api: new FakeSupervisor(),
  path,
  ownUid: UID,
  connections: 4096,
  descriptors: new EventLoop(),
  peerCredentials: () => ({ ...caller }),
  warn: (text) => warnings.push(text),
});
const other = new ControlClient(path);
/** An answer comes in milliseconds: the server's own limits are seconds. */
const LONG_MS = 20_000;
/** What the server says to a request: anything else is its own mistake. */
const EXPECTED = new Set([
  100, 200, 201, 202, 400, 403, 404, 405, 408, 409, 413, 415, 417, 422, 429, 431, 501, 503, 505,
]);
let count = 0;

export const target = {
  isAsync: true,
  /** each is several round trips */
  share: 1 / 20,
  input: fc.record({
    requests: conversation,
    cuts: fc.array(fc.nat(), { maxLength: 4 }),
    end: fc.constantFrom('half-close', 'half-close', 'half-close', 'break off', 'never read'),
  }),
  async examine({ requests, cuts, end }) {
    const bytes = Buffer.from(requests.map(textOf).join(''), 'latin1');
    const text = await converse(bytes, cuts, end);
    if (end === 'half-close') compare(requests, text);
    if (count++ % 20 === 0) await other.request('/v1/version');
    if (warnings.length > 0) throw new Error(`the server warns: ${warnings.splice(0).join('; ')}`);
    return !/HTTP\/1.1 [45]/.test(text);
  },
  close: () => {
    server.close();
    rmSync(directory, { recursive: true });
  },
};

/** @returns what came back until the server closed */
function converse(bytes, cuts, end) {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true }).setEncoding('latin1');
    let text = '';
    const limit = setTimeout(
      () => reject(new Error(`no end after ${JSON.stringify(text.slice(-200))}`)),
      LONG_MS,
    );
    socket.on('data', (part) => (text += part));
    // the server has refused a request and closed while more was sent
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(limit);
      resolve(text);
    });
    if (end === 'never read') socket.pause();
    void send(socket, bytes, cuts).then(() => {
      if (end === 'half-close') socket.end();
      else setImmediate(() => socket.destroy());
    });
    socket.on('end', () => socket.destroySoon());
  });
}

async function send(socket, bytes, cuts) {
  const places = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((one, other) => one - other);
  for (const [index, from] of [0, ...places].entries()) {
    if (socket.destroyed) return;
    socket.write(bytes.subarray(from, places[index]));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function compare(requests, text) {
  const statuses = [];
  const firstWrong = requests.findIndex(({ isRight }) => !isRight);
  for (let rest = text; rest !== '';) {
    const head = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest);
    if (head === null) throw new Error(`this is no answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const status = Number(head[1]);
    if (!EXPECTED.has(status))
      throw new Error(`an answer with ${status}: ${JSON.stringify(rest.slice(0, 300))}`);
    if (status !== 100) statuses.push(status);
    // what is no request may have no answer, or be one: from there on nobody can tell which answer is whose
    if (firstWrong >= 0 && statuses.length > firstWrong) return;
    const method = requests[statuses.length - 1]?.method;
    rest = rest.slice(head[0].length);
    if (status === 100 || method === 'HEAD') continue;
    const length = /^content-length: (\d+)\r$/im.exec(head[2])?.[1];
    if (length === undefined) return; // a stream: what follows is its own
    rest = rest.slice(Number(length));
  }
  const closing = requests.findIndex(({ header }) => header === 'connection: close\r\n');
  const least = Math.min(
    firstWrong < 0 ? requests.length : firstWrong,
    closing < 0 ? requests.length : closing + 1,
  );
  if (statuses.length < least)
    throw new Error(`${statuses.length} answers to ${least} requests: ${statuses.join(' ')}`);
}

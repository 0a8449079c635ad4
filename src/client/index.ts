/**
 * `foster/client`: a supervisor, for other programs in Node (docs/control.md, "From Node").
 *
 *     import { connect } from 'foster/client';
 *
 *     const foster = connect();
 *     for (const { name, state } of await foster.jobs('web-*')) console.log(name, state);
 */
import { ControlClient } from '../control/client/client.js';
import { locateSocket } from '../control/client/locate.js';
import { Foster } from './foster.js';

export { RefusedError, UnreachableError } from '../control/client/client.js';
export { SocketPathError } from '../control/socket-address.js';
export { Foster, type CommandOptions, type EventOptions, type RunOptions, type Which } from './foster.js';
export type { HealthAnswer, VersionAnswer } from '../control/protocol.js';
export type { FeedEntry } from '../supervisor/api/feed.js';
export type { JobStatus } from '../supervisor/api/job-status.js';
export type { JobTree, ProcessNode } from '../supervisor/api/process-tree.js';
export type { CommandAnswer, SignalAnswer } from '../supervisor/api/requests.js';
export type { JobUsage } from '../supervisor/api/usage.js';

export interface ConnectOptions {
  /**
   * path of the control socket; default: FOSTER_SOCKET, or the socket of the user's own foster, or of the
   * machine's
   */
  readonly socket?: string;
}

/** Returns a supervisor. Each request opens a new connection, so foster may be restarted in between. */
export function connect({ socket }: ConnectOptions = {}): Foster {
  const uid = process.geteuid?.() ?? 0;
  return new Foster(new ControlClient(locateSocket(socket, { uid, env: process.env }), uid));
}

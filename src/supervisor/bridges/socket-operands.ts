/**
 * Parses `start on socket PROTO=... ...` into the address to listen on, and the variables of the event
 * (Upstart section 11). Pure.
 */
import type { SocketAddress } from '../../kernel/sockets/listening-socket.js';
import { operand } from './expected-events.js';
import type { EventLeaf } from '../../jobfile/expression/event-expression.js';

/** The default of ADDR: all addresses of the machine. */
const ANY_ADDRESS = { inet: '0.0.0.0', inet6: '::' } as const;

const LARGEST_PORT = 65_535;

/** @throws RangeError that says what is missing or wrong */
export function addressOf(leaf: EventLeaf): SocketAddress {
  const proto = literal(leaf, 'PROTO');
  switch (proto) {
    case 'inet':
    case 'inet6':
      return { family: proto, address: literal(leaf, 'ADDR') ?? ANY_ADDRESS[proto], port: portOf(leaf) };
    case 'unix': {
      const path = literal(leaf, 'SOCKET_PATH');
      if (path?.startsWith('/') === true || path?.startsWith('@') === true) return { family: proto, path };
      throw new RangeError(
        `SOCKET_PATH=${path ?? ''}: an absolute path expected, or a name that begins with @`,
      );
    }
    case undefined:
    default:
      throw new RangeError(`PROTO=${proto ?? ''}: inet, inet6 or unix expected`);
  }
}

/** Returns the variables of the event, `KEY=VALUE`. */
export function eventOf(address: SocketAddress): readonly string[] {
  if (address.family === 'unix') return ['PROTO=unix', `SOCKET_PATH=${address.path}`];
  return [`PROTO=${address.family}`, `PORT=${address.port}`, `ADDR=${address.address}`];
}

function portOf(leaf: EventLeaf): number {
  const text = literal(leaf, 'PORT') ?? '';
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= LARGEST_PORT) return port;
  throw new RangeError(`PORT=${text}: a number from 1 to ${LARGEST_PORT} expected`);
}

/** Returns a literal operand: an address cannot be a pattern. */
function literal(leaf: EventLeaf, key: string): string | undefined {
  const match = operand(leaf, key);
  if (match === undefined) return undefined;
  if (match.negated !== true && !/[*?[\\$]/.test(match.pattern)) return match.pattern;
  throw new RangeError(`${match.text}: a pattern names no address`);
}

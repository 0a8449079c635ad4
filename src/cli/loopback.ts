/** HTTP servers that only this machine can reach: `foster metrics --listen` and `foster web`. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliError, usageError } from './cli-error.js';
import { EXIT } from './exit-status.js';
import { messageOf } from '../text/phrases.js';

interface LoopbackAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Parses the argument of `--listen`: `9550`, `127.0.0.1:9550`, `[::1]:9550` or `localhost:9550`. With port 0
 * the kernel chooses the port.
 * @throws CliError for anything else: every user who can connect can read, so no other machine may connect
 */
export function loopbackAddress(text: string): LoopbackAddress {
  const [, host = '127.0.0.1', port = ''] =
    /^(?:(127(?:\.\d{1,3}){3}|\[::1\]|localhost):)?(\d{1,5})$/.exec(text) ?? [];
  const number = Number(port === '' ? NaN : port);
  if (!(number <= 65_535))
    throw usageError(`--listen ${text}: expected a port, or 127.0.0.1:PORT, [::1]:PORT or localhost:PORT`);
  return { host: host === '[::1]' ? '::1' : host, port: number };
}

/**
 * Tests whether the header Host names this machine. When a web site points its own name to 127.0.0.1 (DNS
 * rebinding), browsers send that name.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/.test(host ?? '');
}

/** Resolves when the server is listening, with its `HOST:PORT` as in a URL. @throws CliError */
export async function listenOnLoopback(server: Server, { host, port }: LoopbackAddress): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new CliError(`--listen: ${messageOf(error)}`, EXIT.failed);
  }
  const bound = server.address() as AddressInfo;
  return `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

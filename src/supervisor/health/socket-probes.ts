/** Checks by a connection: `health tcp` and `health http`. Loaded when a job has one. */
import { connect, type Socket } from 'node:net';
import type { HealthProbe } from '../../jobfile/job-class/job-class.js';
import type { Outcome } from './judge.js';
import { probeName, type StartProbe } from './probe.js';

type Tcp = Extract<HealthProbe, { by: 'tcp' }>;
type Http = Extract<HealthProbe, { by: 'http' }>;

/** A connection is enough. */
export function tcpProbe(probe: Tcp): StartProbe {
  const name = probeName(probe);
  return (timeout, done) =>
    overConnection(probe, name, timeout, done, (_socket, end) =>
      end({ ok: true, text: `${name}: connected` }),
    );
}

/** `HTTP/1.1 200 OK`: only the first line is looked at, and it has this many bytes at most. */
const LONGEST_STATUS_LINE = 4096;

/** Asks for a page, and reads as far as the status. A whole HTTP client would be loaded into PID 1 for that one line. */
export function httpProbe(probe: Http): StartProbe {
  const name = probeName(probe);
  const host = probe.host.includes(':') ? `[${probe.host}]` : probe.host;
  const request = [
    `GET ${probe.path} HTTP/1.1`,
    `Host: ${host}:${probe.port}`,
    'User-Agent: foster-health',
    'Accept: */*',
    'Connection: close',
    '',
    '',
  ].join('\r\n');
  return (timeout, done) =>
    overConnection(probe, name, timeout, done, (socket, end) => {
      let head = '';
      socket.on('data', (bytes: Buffer) => {
        head += bytes.toString('latin1');
        const line = /^(.*?)\r?\n/.exec(head)?.[1];
        if (line !== undefined || head.length > LONGEST_STATUS_LINE) end(statusOutcome(name, line ?? head));
      });
      socket.on('end', () => end(statusOutcome(name, head)));
      socket.write(request);
    });
}

function statusOutcome(name: string, line: string): Outcome {
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})(?: |$)/.exec(line)?.[1];
  if (status === undefined) return { ok: false, text: `${name} got no answer in HTTP` };
  const code = Number(status);
  return { ok: code >= 200 && code < 400, text: `${name} answered ${status}` };
}

/** Connects, has something done with the connection, and closes it, whatever happens. */
function overConnection(
  { host, port }: { readonly host: string; readonly port: number },
  name: string,
  timeout: number,
  done: (outcome: Outcome) => void,
  connected: (socket: Socket, end: (outcome: Outcome) => void) => void,
): ReturnType<StartProbe> {
  const socket = connect({ host, port });
  const timer = setTimeout(
    () => end({ ok: false, text: `${name}: no answer within ${timeout / 1000} s` }),
    timeout,
  );
  let isOver = false;
  const close = (): void => {
    isOver = true;
    clearTimeout(timer);
    socket.destroy();
  };
  const end = (outcome: Outcome): void => {
    if (isOver) return;
    close();
    done(outcome);
  };
  socket.on('error', (error: NodeJS.ErrnoException) =>
    end({ ok: false, text: `${name}: ${error.code ?? error.message}` }),
  );
  socket.on('connect', () => connected(socket, end));
  return { cancel: close };
}

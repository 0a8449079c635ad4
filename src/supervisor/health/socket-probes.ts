/** Health checks by a connection: `health tcp` and `health http`. Loaded when the first job needs it. */
import { connect, type Socket } from 'node:net';
import type { HealthProbe } from '../../jobfile/job-class/job-class.js';
import { errorCode } from '../../kernel/errno.js';
import type { Outcome } from './judge.js';
import { probeName, type StartProbe } from './probe.js';

type Tcp = Extract<HealthProbe, { by: 'tcp' }>;
type Http = Extract<HealthProbe, { by: 'http' }>;

/** Succeeds if it can connect. */
export function tcpProbe(probe: Tcp): StartProbe {
  const name = probeName(probe);
  return (timeout, done) =>
    overConnection({ ...probe, name, timeout, done }, (_socket, end) =>
      end({ ok: true, text: `${name}: connected` }),
    );
}

/** The maximum length of the status line, `HTTP/1.1 200 OK`; the rest of an answer is ignored. */
const MAX_STATUS_LINE = 4096;

/** Requests a page, and reads the status line. That needs no HTTP client, which PID 1 would have to load for it. */
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
    overConnection({ ...probe, name, timeout, done }, (socket, end) => {
      let head = '';
      socket.on('data', (bytes: Buffer) => {
        head += bytes.toString('latin1');
        const line = /^(.*?)\r?\n/.exec(head)?.[1];
        if (line !== undefined || head.length > MAX_STATUS_LINE) end(statusOutcome(name, line ?? head));
      });
      socket.on('end', () => end(statusOutcome(name, head)));
      socket.write(request);
    });
}

function statusOutcome(name: string, line: string): Outcome {
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})(?: |$)/.exec(line)?.[1];
  if (status === undefined) return { ok: false, text: `${name} got no HTTP answer` };
  const code = Number(status);
  return { ok: code >= 200 && code < 400, text: `${name} answered ${status}` };
}

interface Attempt {
  readonly host: string;
  readonly port: number;
  /** of the probe, for messages */
  readonly name: string;
  /** milliseconds */
  readonly timeout: number;
  readonly done: (outcome: Outcome) => void;
}

/** Connects, calls `connected`, and closes the connection in any case. */
function overConnection(
  { host, port, name, timeout, done }: Attempt,
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
  socket.on('error', (error) => end({ ok: false, text: `${name}: ${errorCode(error) ?? error.message}` }));
  socket.on('connect', () => connected(socket, end));
  return { cancel: close };
}

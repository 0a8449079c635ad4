/** Reads a request: the route for its method and path, and its body. */
import type { Disposable } from '../../kernel/kernel.js';
import type { Access, Caller } from './authorisation.js';
import { HTTP_STATUS, outcomeError, RequestError } from '../errors.js';
import type { CommandOutcome } from '../../supervisor/core/contract.js';
import type { CommandAnswer } from '../../supervisor/api/requests.js';
import type { SupervisorApi } from '../../supervisor/answers.js';

export interface RouteRequest {
  readonly api: SupervisorApi;
  readonly caller: Caller;
  /** the values of `:name` in the path */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** the parsed JSON body; undefined if there is none */
  readonly body: unknown;
  /** fires when the client has gone */
  readonly abandoned: AbortSignal;
}

/** Receives one line of a stream at a time; event-stream.ts handles slow readers. */
export type Emit = (entry: unknown) => void;

export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown }
  /** something else than JSON */
  | { readonly kind: 'text'; readonly contentType: string; readonly body: string }
  /** JSON lines, all available at once */
  | { readonly kind: 'lines'; readonly lines: readonly unknown[] }
  /** JSON lines until the client disconnects or the supervisor ends */
  | { readonly kind: 'stream'; readonly open: (emit: Emit) => Disposable };

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `/v1/jobs/:name/start`; a `:word` stands for one segment, percent-decoded */
  readonly path: string;
  readonly access: Access;
  /** what the route does, for the message of a refusal: `start jobs` */
  readonly does: string;
  readonly answer: (request: RouteRequest) => Reply | Promise<Reply>;
}

interface RouteMatch {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

export const ok = (body: unknown): Reply => ({ kind: 'json', status: 200, body });

/** @param further fields of the body beside the error */
export function failed(outcome: CommandOutcome & { ok: false }, further: object = {}): Reply {
  return { kind: 'json', status: HTTP_STATUS[outcome.error], body: { ...outcomeError(outcome), ...further } };
}

/** Returns the reply to a command; that to a failed one has the error, and the answer beside it. */
export function commandReply(answer: CommandAnswer): Reply {
  const { outcome } = answer;
  return outcome.ok ? ok(answer) : failed(outcome, { answer });
}

/** Splits a request target. `URL` is not used: it would resolve `..`, and a job may have any name. */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** @throws RequestError `not-found`, or `method-not-allowed` if only the method is wrong */
export function findRoute(routes: readonly Route[], method: string, path: string): RouteMatch {
  const others: string[] = [];
  for (const route of routes) {
    const parameters = matchPath(route.path, path);
    if (parameters === undefined) continue;
    if (route.method === method) return { route, parameters };
    others.push(route.method);
  }
  if (others.length > 0) {
    throw new RequestError('method-not-allowed', `${method} is not possible on ${path}`, others.join(' or '));
  }
  throw new RequestError(
    'not-found',
    `There is no ${path}`,
    'a path of docs/control.md, for instance /v1/jobs',
  );
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, word] of wanted.entries()) {
    const segment = given[index]!;
    if (word.startsWith(':')) parameters[word.slice(1)] = decodeSegment(segment);
    else if (word !== segment) return undefined;
  }
  return parameters;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new RequestError('bad-request', `${segment} in the path is not percent-encoded UTF-8`);
  }
}

/** Parses the body. @returns the JSON value, or undefined for an empty body */
export function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RequestError('bad-request', `The body is not JSON: ${error.message}`, 'a JSON object');
  }
}

/**
 * The connection to the server: a stream of JSON lines, which is reopened when it is lost, and requests. Each
 * carries the token.
 */
import type { ActionAnswer, ActionRequest, JobId, LogSearch, StreamMessage } from '../wire.js';

/** Milliseconds. */
const RETRY = 1500;
/** The server sends something every two seconds; after this silence the connection counts as dead. */
const SILENCE = 12_000;
/** A page that has been hidden for this long closes its stream. */
const HIDDEN = 20_000;

export type ConnectionState = 'connecting' | 'live' | 'lost' | 'refused' | 'paused';

interface ConnectionListener {
  readonly onMessage: (message: StreamMessage) => void;
  readonly onState: (state: ConnectionState, text: string) => void;
}

export class Connection {
  #token: string;
  #job: JobId | undefined;
  #abort: AbortController | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(
    token: string,
    private readonly listener: ConnectionListener,
  ) {
    this.#token = token;
    document.addEventListener('visibilitychange', () => this.#onVisibility());
  }

  /** Reconnects with another token. */
  useToken(token: string): void {
    this.#token = token;
    this.open(this.#job);
  }

  /** Reopens the stream for a page that shows this job. */
  open(job: JobId | undefined): void {
    this.#job = job;
    clearTimeout(this.#retry);
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.listener.onState('connecting', '');
    this.#stream(abort).catch((error: unknown) => {
      if (!abort.signal.aborted || abort.signal.reason === 'silent') this.#lost(describe(error));
    });
  }

  #lost(text: string): void {
    this.listener.onState('lost', text);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(this.#job), RETRY);
  }

  #onVisibility(): void {
    clearTimeout(this.#hiding);
    if (document.hidden) {
      this.#hiding = setTimeout(() => {
        clearTimeout(this.#retry);
        this.#abort?.abort();
        this.#abort = undefined;
        this.listener.onState('paused', '');
      }, HIDDEN);
    } else if (this.#abort === undefined) this.open(this.#job);
  }

  async #stream(abort: AbortController): Promise<void> {
    const query = new URLSearchParams();
    if (this.#job !== undefined) {
      query.set('job', this.#job.name);
      query.set('instance', this.#job.instance);
    }
    const response = await this.#fetch(`/api/stream?${query.toString()}`, { signal: abort.signal });
    if (response.status === 401) {
      this.listener.onState('refused', await errorOf(response));
      return;
    }
    if (!response.ok || response.body === null) throw new Error(await errorOf(response));
    this.listener.onState('live', '');
    await this.#read(response.body, abort);
    if (!abort.signal.aborted) this.#lost('the connection has ended');
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>, abort: AbortController): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const silent = setTimeout(() => abort.abort('silent'), SILENCE);
      const { done, value } = await reader.read().finally(() => clearTimeout(silent));
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        // handling the last line may have opened another stream
        if (abort.signal.aborted) return;
        this.listener.onMessage(JSON.parse(line) as StreamMessage);
      }
    }
  }

  async search(job: JobId, text: string, isPattern: boolean): Promise<LogSearch> {
    const query = new URLSearchParams({
      job: job.name,
      instance: job.instance,
      text,
      pattern: String(isPattern),
    });
    const response = await this.#fetch(`/api/log?${query.toString()}`);
    if (!response.ok) throw new Error(await errorOf(response));
    return (await response.json()) as LogSearch;
  }

  async act(request: ActionRequest): Promise<ActionAnswer> {
    try {
      const response = await this.#fetch('/api/act', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      if (!response.ok) return { ok: false, message: await errorOf(response), output: [] };
      return (await response.json()) as ActionAnswer;
    } catch (error) {
      return { ok: false, message: describe(error), output: [] };
    }
  }

  #fetch(target: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.#token}`);
    return fetch(target, { ...init, headers, credentials: 'omit', cache: 'no-store' });
  }
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function errorOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body === 'object' && body !== null && 'error' in body) return String(body.error);
  return `the server answered with status ${response.status}`;
}

/** `foster top` on a terminal: refreshes once a second, draws, and handles keys. */
import type { JobUsage } from '../../supervisor/api/usage.js';
import type { JobStatus } from '../../supervisor/api/job-status.js';
import { RefusedError, type ControlClient } from '../../control/client/client.js';
import { EXIT } from '../exit-status.js';
import { rendered } from '../format/line.js';
import type { UsageSample } from '../format/usage.js';
import type { Invocation } from '../invocation.js';
import { factsOf } from '../job-facts.js';
import { targetOf } from '../named-jobs.js';
import type { TerminalInput } from '../terminal.js';
import { keysOf } from './keys.js';
import { roomForJobs, screen, type ScreenSize } from './screen.js';
import { FIRST_STATE, pressed, selectedJob, withSample, type Action, type TopState } from './state.js';

/** Switches to the alternate screen without a cursor, and back (console_codes(4), xterm's ctlseqs). */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const ERASE_LINE = '\x1b[K';
const ERASE_BELOW = '\x1b[J';

/** As many lines of the log are read as any pane can show. */
const LOG_LINES = 50;

export class TopSession {
  #state: TopState = FIRST_STATE;
  #before: UsageSample | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  readonly #client: ControlClient;

  /** @param interval milliseconds between two refreshes */
  constructor(
    private readonly invocation: Invocation,
    private readonly input: TerminalInput,
    private readonly interval: number,
  ) {
    this.#client = invocation.client();
  }

  /** Resolves when the user quits; rejects when the supervisor is gone. */
  async run(): Promise<number> {
    // errors of the supervisor are reported before the screen is switched
    await this.#look();
    const { raw } = this.invocation.terminal;
    raw(ENTER);
    let input: { dispose(): void } | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const failed = (error: unknown): void =>
          reject(error instanceof Error ? error : new Error(String(error)));
        input = this.input.open({
          onText: (text) => this.#typed(text, resolve, failed),
          onResize: () => this.#draw(),
          onEnd: resolve,
        });
        this.#draw();
        this.#schedule(failed);
      });
    } finally {
      this.#isOver = true;
      clearTimeout(this.#timer);
      input?.dispose();
      raw(LEAVE);
    }
    return EXIT.ok;
  }

  get #size(): ScreenSize {
    return { columns: this.invocation.terminal.columns?.() ?? 80, rows: this.input.rows() };
  }

  #schedule(failed: (error: unknown) => void): void {
    this.#timer = setTimeout(() => {
      this.#look().then(() => {
        if (this.#isOver) return;
        this.#draw();
        this.#schedule(failed);
      }, failed);
    }, this.interval);
  }

  async #look(): Promise<void> {
    const [statuses, jobs] = await Promise.all([
      this.#client.request<readonly JobStatus[]>('/v1/jobs'),
      this.#client.request<readonly JobUsage[]>('/v1/usage'),
    ]);
    const now = { jobs, at: performance.now() };
    this.#state = withSample(this.#state, statuses, now, this.#before);
    this.#before = now;
    await this.#lookCloser();
  }

  /** Requests the contents of the pane, only if it is open. */
  async #lookCloser(): Promise<void> {
    const chosen = selectedJob(this.#state);
    if (!this.#state.pane || chosen === undefined) return;
    const facts = await factsOf(this.invocation, chosen.job, LOG_LINES);
    if (this.#state.selected === chosen.title) this.#state = { ...this.#state, facts };
  }

  #typed(text: string, leave: () => void, failed: (error: unknown) => void): void {
    for (const key of keysOf(text)) {
      const { state, act, quit } = pressed(this.#state, key, roomForJobs(this.#state, this.#size));
      this.#state = state;
      if (quit) return leave();
      if (act !== undefined) this.#act(act).catch(failed);
    }
    this.#draw();
    if (this.#state.pane && this.#state.facts === undefined)
      this.#lookCloser().then(() => this.#draw(), failed);
  }

  async #act(action: Action): Promise<void> {
    const { job, title } = action.job;
    const verb = action.kind === 'signal' ? 'signal' : action.verb;
    this.#say(`${verb} ${title} ...`);
    const { name, ...instance } = targetOf(job);
    const body =
      action.kind === 'signal' ? { ...instance, signal: action.signal } : { ...instance, wait: 'nothing' };
    try {
      const target = `/v1/jobs/${encodeURIComponent(name)}/${verb}`;
      await this.#client.request(target, { method: 'POST', body });
      this.#say(`${verb} ${title}: done`);
      await this.#look();
      this.#draw();
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#say(error.message);
    }
  }

  #say(message: string): void {
    this.#state = { ...this.#state, message };
    this.#draw();
  }

  #draw(): void {
    if (this.#isOver) return;
    const { colour, raw } = this.invocation.terminal;
    const lines = screen(this.#state, this.#size, Date.now());
    const text = lines.map((line) => rendered(line, { colour, raw: false }) + ERASE_LINE).join('\r\n');
    raw(`${HOME}${text}${ERASE_BELOW}`);
  }
}

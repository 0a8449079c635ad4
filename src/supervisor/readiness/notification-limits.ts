/**
 * Limits notices by sender. The socket is open to everybody, and looking up a sender's job costs reads of
 * /proc: without limits an ordinary user could keep foster busy. Pure: time is an argument.
 */

/**
 * For a process of a job: a burst, and a rate per second. A watchdog notice comes a few times a minute, a
 * STATUS at each request.
 */
const JOB_PROCESS = { atOnce: 1000, perSecond: 200 };
/** For a process of no job: it is looked up again this often, because it may belong to a job by now. */
const OTHER_PROCESS = { atOnce: 20, perSecond: 10 };
/** For all processes of one user that belong to no job: each may have sent one notice, and exited. */
const OTHER_USER = { atOnce: 200, perSecond: 50 };
/** Maximum number of remembered senders; the least recently used is forgotten first. */
const MAX_SENDERS = 2048;

export interface Sender {
  readonly pid: number;
  readonly uid: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

type Limit = typeof JOB_PROCESS;

export class NotificationLimits {
  readonly #buckets = new Map<string, Bucket>();
  /** whether a process belonged to a job at the last lookup */
  readonly #isOfJob = new Map<number, boolean>();

  /** @param now milliseconds, monotonic */
  constructor(private readonly now: () => number) {}

  /** Tests whether to accept a notice. Root's may come from any number of processes. */
  admits({ pid, uid }: Sender): boolean {
    if (this.#isOfJob.get(pid) === true) return this.#take(`process ${pid}`, JOB_PROCESS);
    const isNew = !this.#isOfJob.has(pid);
    if (isNew && uid !== 0 && !this.#take(`user ${uid}`, OTHER_USER)) return false;
    return this.#take(`process ${pid}`, OTHER_PROCESS);
  }

  /** Stores whether the sender is a process of a job. */
  learn({ pid, uid }: Sender, isOfJob: boolean): void {
    if (isOfJob && this.#isOfJob.get(pid) !== true) {
      this.#buckets.delete(`process ${pid}`);
      this.#giveBack(`user ${uid}`);
    }
    remember(this.#isOfJob, pid, isOfJob);
  }

  #take(name: string, { atOnce, perSecond }: Limit): boolean {
    const now = this.now();
    const before = this.#buckets.get(name) ?? { tokens: atOnce, at: now };
    const tokens = Math.min(atOnce, before.tokens + ((now - before.at) / 1000) * perSecond);
    remember(this.#buckets, name, { tokens: Math.max(0, tokens - 1), at: now });
    return tokens >= 1;
  }

  /** Returns a token: jobs of the same user do not count as strangers. */
  #giveBack(name: string): void {
    const bucket = this.#buckets.get(name);
    if (bucket !== undefined) bucket.tokens += 1;
  }
}

/** Moves an entry to the end: the first entries are the least recently used. */
function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_SENDERS) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

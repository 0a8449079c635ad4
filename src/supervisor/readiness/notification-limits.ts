/**
 * How many notices are looked at, by sender. The socket for notices is open to everybody, and finding out whether a sender
 * belongs to a job costs reads of /proc: an ordinary user could keep foster busy with it. Pure: time comes in.
 */

/** A process of a job: as many at once, and a second. A watchdog sign comes a few times a minute, a STATUS at each request. */
const JOB_PROCESS = { atOnce: 1000, perSecond: 200 };
/** A process that is of no job: so many are looked up, in case that it is of one by now. */
const OTHER_PROCESS = { atOnce: 20, perSecond: 10 };
/** All processes of one user that are of no job: each may have sent one notice, and ended. */
const OTHER_USER = { atOnce: 200, perSecond: 50 };
/** Senders that are remembered; who has not sent for the longest time is forgotten first. */
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
  /** whether a process belonged to a job when it was looked up last */
  readonly #isOfJob = new Map<number, boolean>();

  /** @param now milliseconds, monotonic */
  constructor(private readonly now: () => number) {}

  /** Whether a notice is to be looked at. Root's may come from any number of processes. */
  admits({ pid, uid }: Sender): boolean {
    if (this.#isOfJob.get(pid) === true) return this.#take(`process ${pid}`, JOB_PROCESS);
    const isNew = !this.#isOfJob.has(pid);
    if (isNew && uid !== 0 && !this.#take(`user ${uid}`, OTHER_USER)) return false;
    return this.#take(`process ${pid}`, OTHER_PROCESS);
  }

  /** What came of looking. */
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

  /** Jobs of the same user are not to be counted among the strangers. */
  #giveBack(name: string): void {
    const bucket = this.#buckets.get(name);
    if (bucket !== undefined) bucket.tokens += 1;
  }
}

/** Moved to the end: those in front have not been used for the longest time. */
function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_SENDERS) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

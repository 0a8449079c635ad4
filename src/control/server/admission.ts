/**
 * Limits the connections to the control socket, by user. The kernel reports the user before a byte is read,
 * so a stranger's request costs at most three system calls. Pure: time is an argument.
 */
import type { Caller } from './authorisation.js';

/**
 * Maximum connections of each user who may only read. A status page needs one, somebody's load test a few.
 */
const PER_STRANGER = 32;
/** Maximum of all these users together: one user may have 65,536 subordinate user ids (subuid(5)). */
const STRANGERS = 256;
/** New connections of such a user: a burst, and a rate per second. Accepting one costs 0.2 ms. */
const BURST = 200;
const PER_SECOND = 100;
/**
 * Number of users whose rate is remembered; the least recent one, idle for two seconds, is forgotten first.
 */
const REMEMBERED = 1024;

/**
 * Maximum connections of root and the supervisor's own user, as far as there are descriptors; a part of those
 * is for jobs.
 */
const OWNERS = 4096;
const OWNERS_SHARE = 1 / 4;

/**
 * Returns the owner's maximum.
 * @param limits text of /proc/self/limits (proc(5))
 */
export function connectionLimit(limits: string): number {
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? OWNERS : Math.min(OWNERS, Math.floor(Number(soft) * OWNERS_SHARE));
}

interface AdmissionOptions {
  /** maximum connections of root and the supervisor's own user; the remaining descriptors are for jobs */
  readonly owners: number;
  /** milliseconds, monotonic */
  readonly now: () => number;
}

interface Allowance {
  connections: number;
  at: number;
}

export class Admission {
  #owners = 0;
  #strangers = 0;
  readonly #open = new Map<number, number>();
  readonly #allowances = new Map<number, Allowance>();

  constructor(private readonly options: AdmissionOptions) {}

  /** Admits a connection, or returns in one sentence why not. Every admitted one must `leave`. */
  admit(caller: Caller): string | undefined {
    const reason = caller.access === 'owner' ? this.#refuseOwner() : this.#refuseStranger(caller.uid);
    if (reason !== undefined) return reason;
    if (caller.access === 'owner') this.#owners += 1;
    else {
      this.#strangers += 1;
      this.#open.set(caller.uid, (this.#open.get(caller.uid) ?? 0) + 1);
    }
    return undefined;
  }

  /** Records the end of a connection. */
  leave(caller: Caller): void {
    if (caller.access === 'owner') {
      this.#owners -= 1;
      return;
    }
    this.#strangers -= 1;
    const left = (this.#open.get(caller.uid) ?? 0) - 1;
    if (left > 0) this.#open.set(caller.uid, left);
    else this.#open.delete(caller.uid);
  }

  #refuseOwner(): string | undefined {
    if (this.#owners < this.options.owners) return undefined;
    return `There are ${this.#owners} connections of root and the supervisor's own user already`;
  }

  #refuseStranger(uid: number): string | undefined {
    if (!this.#hasAllowance(uid)) return `User ${uid} connects more than ${PER_SECOND} times a second`;
    if ((this.#open.get(uid) ?? 0) >= PER_STRANGER)
      return `User ${uid} has ${PER_STRANGER} connections already`;
    if (this.#strangers >= STRANGERS) return `Other users have ${STRANGERS} connections already`;
    return undefined;
  }

  #hasAllowance(uid: number): boolean {
    const now = this.options.now();
    const before = this.#allowances.get(uid) ?? { connections: BURST, at: now };
    const connections = Math.min(BURST, before.connections + ((now - before.at) / 1000) * PER_SECOND);
    // moved to the end: the first ones are the least recent
    this.#allowances.delete(uid);
    this.#allowances.set(uid, { connections: Math.max(0, connections - 1), at: now });
    if (this.#allowances.size > REMEMBERED) this.#forgetOldest();
    return connections >= 1;
  }

  #forgetOldest(): void {
    for (const uid of this.#allowances.keys()) {
      this.#allowances.delete(uid);
      return;
    }
  }
}

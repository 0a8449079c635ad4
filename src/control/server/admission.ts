/**
 * How many connections the control socket takes, and of whom. The kernel has said who is there before a byte is read, so
 * that what a stranger sends cannot cost more than three system calls. Pure: time comes in.
 */
import type { Caller } from './authorisation.js';

/** Connections at a time: of each user who may only read. A status page needs one, a load test of somebody a few. */
const PER_STRANGER = 32;
/** Of all of them together: an ordinary user may have 65,536 subordinate user ids (subuid(5)). */
const STRANGERS = 256;
/** New connections of such a user: at once, and a second. Accepting one costs 0.2 ms. */
const BURST = 200;
const PER_SECOND = 100;
/** Users whose rate is remembered; one that has not come for two seconds is forgotten first. */
const REMEMBERED = 1024;

/** Connections of root and the supervisor's own user, where there are descriptors for them; a part of all is for jobs. */
const OWNERS = 4096;
const OWNERS_SHARE = 1 / 4;

/**
 * How many connections the owner may have.
 * @param limits text of /proc/self/limits (proc(5))
 */
export function connectionLimit(limits: string): number {
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? OWNERS : Math.min(OWNERS, Math.floor(Number(soft) * OWNERS_SHARE));
}

export interface AdmissionOptions {
  /** connections that root and the supervisor's own user may have; what is left of the descriptors is for jobs */
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

  /** Takes a connection in, or says in one sentence why not. Whoever was taken in is to `leave`. */
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

  /** The connection has ended. */
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
    // moved to the end: those in front have not come for the longest time
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

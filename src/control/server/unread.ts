/**
 * Counts bytes of answers that clients have not read yet. A client that does not read occupies at most a few
 * megabytes, and gets no further answer until it has read.
 */

/**
 * Limit for each client process of the owner: `GET /v1/classes` of a machine with a thousand job files has 4
 * MB.
 */
const PER_OWNER_PROCESS = 16 * 1024 * 1024;
/** Limit for each other user. */
const PER_STRANGER = 1024 * 1024;
/** Limit for all together: beyond it, only clients without unread bytes get answers. */
const TOTAL = 64 * 1024 * 1024;

export class Unread {
  readonly #bytes = new Map<string, number>();
  #total = 0;

  /** @param client as turns.ts names it */
  add(client: string, bytes: number): void {
    this.#total += bytes;
    this.#bytes.set(client, this.of(client) + bytes);
  }

  remove(client: string, bytes: number): void {
    this.#total -= bytes;
    const left = this.of(client) - bytes;
    if (left > 0) this.#bytes.set(client, left);
    else this.#bytes.delete(client);
  }

  of(client: string): number {
    return this.#bytes.get(client) ?? 0;
  }

  /** Tests whether this client must read before it gets more. */
  isBehind(client: string): boolean {
    const own = this.of(client);
    const limit = client.startsWith('process ') ? PER_OWNER_PROCESS : PER_STRANGER;
    return own > 0 && (own >= limit || this.#total >= TOTAL);
  }
}

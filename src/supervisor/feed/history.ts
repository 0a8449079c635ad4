/** The latest entries, for a reader who comes later and asks for them. Keeping one costs two stores into arrays. */

/** What a ring has kept, and how far back that reaches. */
export interface Recollection<Item> {
  /** in the order in which they were kept */
  readonly items: readonly { readonly order: number; readonly item: Item }[];
  /** how many were kept once and have been overwritten since */
  readonly forgotten: number;
}

export class History<Item> {
  readonly #items: Item[] = [];
  readonly #orders: Float64Array;
  #count = 0;

  /** @param capacity how many are kept, a power of two */
  constructor(private readonly capacity: number) {
    this.#orders = new Float64Array(capacity);
  }

  /** @param order grows from one to the next, also where several histories share it */
  keep(item: Item, order: number): void {
    const slot = this.#count++ & (this.capacity - 1);
    this.#items[slot] = item;
    this.#orders[slot] = order;
  }

  recall(): Recollection<Item> {
    const forgotten = Math.max(0, this.#count - this.capacity);
    const items = Array.from({ length: this.#count - forgotten }, (_, index) => {
      const slot = (forgotten + index) & (this.capacity - 1);
      return { order: this.#orders[slot]!, item: this.#items[slot]! };
    });
    return { items, forgotten };
  }
}

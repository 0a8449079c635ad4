/** A ring of the last entries, for readers with `--since`. Keeping one costs two stores into arrays. */

/** The items in a ring, and how many are gone. */
interface KeptItems<Item> {
  /** oldest first */
  readonly items: readonly { readonly order: number; readonly item: Item }[];
  /** how many items have been overwritten */
  readonly forgotten: number;
}

export class History<Item> {
  readonly #items: Item[] = [];
  readonly #orders: Float64Array;
  #count = 0;

  /** @param capacity maximum number of items, a power of two */
  constructor(private readonly capacity: number) {
    this.#orders = new Float64Array(capacity);
  }

  /** @param order increases with each item; several histories may share the counter */
  keep(item: Item, order: number): void {
    const slot = this.#count++ & (this.capacity - 1);
    this.#items[slot] = item;
    this.#orders[slot] = order;
  }

  recall(): KeptItems<Item> {
    const forgotten = Math.max(0, this.#count - this.capacity);
    const items = Array.from({ length: this.#count - forgotten }, (_, index) => {
      const slot = (forgotten + index) & (this.capacity - 1);
      return { order: this.#orders[slot]!, item: this.#items[slot]! };
    });
    return { items, forgotten };
  }
}

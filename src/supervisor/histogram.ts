/** Counts per bucket, cumulative as Prometheus wants them: each bucket includes all smaller ones. */
export interface HistogramView {
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

export class Histogram {
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds ascending, in the unit of the values */
  constructor(private readonly bounds: readonly number[]) {
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count += 1;
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    if (bucket !== -1) this.#counts[bucket]! += 1;
  }

  view(): HistogramView {
    let below = 0;
    const buckets = this.bounds.map((upTo, index) => ({ upTo, count: (below += this.#counts[index]!) }));
    return { buckets, sum: this.#sum, count: this.#count };
  }
}

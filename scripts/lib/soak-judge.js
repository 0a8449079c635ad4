/**
 * Whether something grows: the least of the first and of the last third of a phase are compared, since requests that are being
 * answered come and go, and what is left behind stays. Pure.
 */

const MIB = 1024 * 1024;
const inMib = (value) => `${(value / MIB).toFixed(1)} MiB`;

/**
 * What there may be more at last than at first. Node's heap goes up and down by a megabyte or two on its own; each request that is
 * being answered has a descriptor and a timer, and up to 50 are.
 */
export const MEASURES = {
  heap: { allowed: 2 * MIB, shown: inMib, title: 'heap' },
  rss: { allowed: 32 * MIB, shown: inMib, title: 'resident memory' },
  descriptors: { allowed: 60, shown: String, title: 'descriptors' },
  timers: { allowed: 60, shown: String, title: 'timers' },
  callbacks: { allowed: 2, shown: String, title: 'FFI callbacks' },
};

export function changes(samples) {
  return ['one program', 'programs'].flatMap((phase) => {
    const own = samples.filter((sample) => sample.phase === phase);
    const third = Math.max(1, Math.floor(own.length / 3));
    if (own.length < 2) return [];
    return Object.entries(MEASURES).map(([measure, { allowed }]) => {
      const least = (some) => Math.min(...some.map((sample) => sample[measure]));
      const [first, last] = [least(own.slice(0, third)), least(own.slice(-third))];
      return { phase, measure, first, last, isTooMuch: last - first > allowed };
    });
  });
}

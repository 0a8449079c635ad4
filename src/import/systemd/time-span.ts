/** Parses time spans of systemd.time(7): `5min 20s`, `1.5h`, `infinity`, a number of seconds. Pure. */

const UNITS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    [
      [1e-9, 'nsec ns'],
      [1e-6, 'usec us μs µs'],
      [1e-3, 'msec ms'],
      [1, 'seconds second sec s'],
      [60, 'minutes minute min m'],
      [3600, 'hours hour hr h'],
      [86_400, 'days day d'],
      [604_800, 'weeks week w'],
      [2_629_800, 'months month M'],
      [31_557_600, 'years year y'],
    ] as const
  ).flatMap(([seconds, names]) => names.split(' ').map((name) => [name, seconds])),
);

/** @returns seconds, Infinity, or undefined if it is not a time span */
export function timeSpan(text: string, unit = 1): number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'infinity') return Infinity;
  const part = /(\d+(?:\.\d+)?)\s*([a-zA-Zμµ]*)\s*/y;
  let total = 0;
  do {
    const match = part.exec(trimmed);
    if (match === null) return undefined;
    const factor = match[2] === '' ? unit : UNITS[match[2]!];
    if (factor === undefined) return undefined;
    total += Number(match[1]) * factor;
  } while (part.lastIndex < trimmed.length);
  return total;
}

/** Stands for infinity where foster needs a number of seconds: a year. */
const FOR_EVER = 365 * 86_400;

/** Returns whole seconds for a stanza, rounded up. */
export function wholeSeconds(seconds: number): string {
  return String(Math.min(Math.ceil(seconds), FOR_EVER));
}

/** Returns seconds with up to three decimal places, as foster's stanzas accept them. */
export function preciseSeconds(seconds: number): string {
  const bounded = Math.min(seconds, FOR_EVER);
  return String(Math.max(Math.round(bounded * 1000) / 1000, bounded > 0 ? 0.001 : 0));
}

/**
 * Plans the order in which a new process arranges its descriptors. Pure: the steps become posix_spawn file
 * actions.
 *
 * Two traps determine it. A duplicate onto its own number keeps close-on-exec (before glibc 2.29 and musl
 * 1.1.24). A source whose number is also a target may be overwritten before it is used. Both go through an
 * unused number.
 */

import type { DescriptorAction } from '../kernel.js';

export type DescriptorStep =
  | { readonly kind: 'duplicate'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'open';
      readonly path: string;
      readonly flags: number;
      readonly mode: number;
      readonly to: number;
    }
  | { readonly kind: 'close'; readonly fd: number };

const STANDARD_DESCRIPTORS = [0, 1, 2];
const O_RDWR = 2;

/**
 * Adds /dev/null for missing standard descriptors: Node marks 0-2 close-on-exec, so a program would start
 * without them.
 */
function withStandardDescriptors(actions: readonly DescriptorAction[]): readonly DescriptorAction[] {
  const missing = STANDARD_DESCRIPTORS.filter(
    (target) => !actions.some((action) => action.target === target),
  );
  return [...missing.map((target) => ({ target, source: { path: '/dev/null', flags: O_RDWR } })), ...actions];
}

/** @throws RangeError if two actions have the same target */
export function planDescriptors(requested: readonly DescriptorAction[]): readonly DescriptorStep[] {
  const actions = withStandardDescriptors(requested);
  const targets = new Set(actions.map((action) => action.target));
  if (targets.size < actions.length) throw new RangeError('two descriptor actions have the same target');

  const sources = actions.flatMap(({ source }) => (typeof source === 'number' ? [source] : []));
  let unused = Math.max(...targets, ...sources) + 1;
  const parked = new Map<number, number>();
  for (const source of sources) {
    if (targets.has(source) && !parked.has(source)) parked.set(source, unused++);
  }
  return [
    ...[...parked].map(([from, to]) => ({ kind: 'duplicate', from, to }) as const),
    ...actions.map(({ target, source }): DescriptorStep =>
      typeof source === 'number'
        ? { kind: 'duplicate', from: parked.get(source) ?? source, to: target }
        : { kind: 'open', path: source.path, flags: source.flags, mode: source.mode ?? 0o666, to: target },
    ),
    ...[...parked.values()].map((fd) => ({ kind: 'close', fd }) as const),
  ];
}

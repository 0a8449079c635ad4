/** Examines inputs of a target by fast-check, which makes what fails smaller. */
import fc from 'fast-check';
import { toText } from './corpus.js';

/** Milliseconds of processor time: a usual input takes well under one. */
const LONG_MS = 1000;

/**
 * A target has `input` (an arbitrary) and `examine`, which throws what is wrong with an input and returns whether foster took it.
 * @returns how many inputs foster took; what is wrong, with the smallest input for which it is
 */
export async function examinePortion(target, count, seed) {
  let accepted = 0;
  const property = fc.asyncProperty(target.input, async (input) => {
    if (await examineInTime(target, input)) accepted++;
  });
  const isAsync = target.isAsync === true;
  const plain = fc.property(target.input, (input) => {
    if (examineInTime(target, input)) accepted++;
  });
  const details = await fc.check(isAsync ? property : plain, { numRuns: count, seed });
  if (!details.failed) return { accepted };
  const { errorInstance, counterexample } = details;
  return { accepted, failure: describe(errorInstance, counterexample?.[0]) };
}

/** @throws Error for an input that takes long, too */
export function examineInTime(target, input) {
  if (target.isAsync === true) return target.examine(input);
  const before = process.cpuUsage();
  const isAccepted = target.examine(input);
  const { user, system } = process.cpuUsage(before);
  if ((user + system) / 1000 > LONG_MS) throw new Error(`it took ${Math.round((user + system) / 1000)} ms`);
  return isAccepted;
}

export function describe(error, input) {
  return `${error?.stack ?? String(error)}\ninput: ${toText(input)}`;
}

/**
 * Which faults come, in which order: each with a seed of its own, so that a part of the list does what it did in the whole. What a
 * fault meets depends on the moment all the same.
 */
import { readFileSync } from 'node:fs';
import { FAULTS } from './faults.js';
import { randomOf } from './random.js';

/** @param kinds what the run is: `init`, `clock` ... */
export function makeSchedule(seed, count, kinds) {
  const { random, pick } = randomOf(seed);
  const lots = Object.entries(FAULTS).flatMap(([name, { weight }]) =>
    Array.from({ length: weight(kinds) }, () => name),
  );
  return Array.from({ length: count }, () => ({
    name: pick(lots),
    seed: random(2 ** 31),
    pause: random(150),
  }));
}

/** One that was recorded, or a part of it. */
export function readSchedule(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

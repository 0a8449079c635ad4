/** Compares what ten services did under their own supervisor and under foster, and prints each difference. */
import { SERVICES } from './kinds.js';

export function compareResults(kind, original, imported) {
  let same = 0;
  for (const name of SERVICES) {
    const words = new Set([...Object.keys(original[name]), ...Object.keys(imported[name])]);
    const differences = [...words].filter((what) => original[name][what] !== imported[name][what]);
    if (differences.length === 0) same += 1;
    for (const what of differences)
      console.log(
        `${kind} ${name}: ${what}: original ${original[name][what]}, foster ${imported[name][what]}`,
      );
  }
  console.log(`${kind}: ${same} of ${SERVICES.length} services are the same`);
  if (same < SERVICES.length) process.exitCode = 1;
}

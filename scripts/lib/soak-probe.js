/**
 * Loaded into the supervisor by the soak (node --import): writes every half second what only the program itself can know.
 * It needs --expose-gc, so that what is measured is what is held rather than what has not been collected yet.
 */
import { renameSync, writeFileSync } from 'node:fs';
import koffi from 'koffi';

const HALF_A_SECOND = 500;
const file = process.env.FOSTER_SOAK_PROBE;

function write() {
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const report = { at: Date.now(), heap: heapUsed + external, rss, callbacks: koffi.stats().callbacks };
  writeFileSync(`${file}.new`, JSON.stringify(report));
  renameSync(`${file}.new`, file);
}

setInterval(write, HALF_A_SECOND).unref();

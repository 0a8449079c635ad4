/**
 * Loaded into the supervisor by the soak (node --import), and again by each program that replaces it: writes every second what only
 * the program itself can know. It needs --expose-gc, so that what is measured is what is held rather than what has not been
 * collected yet.
 */
import { renameSync, writeFileSync } from 'node:fs';
import koffi from 'koffi';

const SECOND = 1000;
const file = process.env.FOSTER_SOAK_PROBE;
const began = Date.now();

function write() {
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const report = { at: Date.now(), began, heap: heapUsed + external, rss, timers };
  writeFileSync(`${file}.new`, JSON.stringify({ ...report, callbacks: koffi.stats().callbacks }));
  renameSync(`${file}.new`, file);
}

setInterval(write, SECOND).unref();

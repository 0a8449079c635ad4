/** Runs targets; scripts/fuzz.js says what for. Arguments: TARGET[,TARGET...] COUNT|corpus SEED. */
import { readdirSync } from 'node:fs';
import { examineCorpus } from './corpus.js';
import { examinePortion } from './examine.js';

const [names, count, seed] = process.argv.slice(2);
/** Inputs between two looks at the time. */
const PORTION = 1000;
const MIB = 1024 * 1024;
/** The heap goes up and down by itself; nine bytes left by each of a million inputs are above this. */
const ALLOWED_GROWTH = 8 * MIB;

for (const name of names.split(',')) await runTarget(name);
process.exit(0);

async function runTarget(name) {
  const { target } = await import(`./targets/${name}.js`);
  const wanted = count === 'corpus' ? 0 : Math.ceil(Number(count) * (target.share ?? 1));
  process.send?.({ name, portion: 'corpus', seed });
  const fromCorpus = await examineCorpus(name, target);
  if (fromCorpus.failure !== undefined) fail(name, fromCorpus.failure);
  let [done, accepted, before] = [0, 0, undefined];
  const began = performance.now();
  while (done < wanted) {
    const portion = Math.min(PORTION, wanted - done);
    const from = Number(seed) + done / PORTION;
    process.send?.({ name, portion, seed: from });
    const result = await examinePortion(target, portion, from);
    if (result.failure !== undefined)
      fail(name, `${result.failure}\nrepeat: npm run fuzz -- ${name} ${portion} ${from}`);
    done += portion;
    accepted += result.accepted;
    // what is compiled and cached once is there after a tenth
    if (before === undefined && done >= wanted / 10) before = held();
  }
  const seconds = (performance.now() - began) / 1000;
  const after = held();
  await target.close?.();
  if (done > PORTION) compare(name, before, after);
  const share = Math.round((100 * accepted) / Math.max(1, done));
  const rate = Math.round(done / Math.max(seconds, 0.001));
  console.log(
    `${name.padEnd(14)} ${String(done).padStart(8)} inputs, seed ${seed}, ${fromCorpus.count} of the corpus: ` +
      `${share} % accepted, ${rate} a second, heap ${toMib(after.heap)}: nothing was wrong`,
  );
}

function compare(name, before, after) {
  const growth = after.heap - before.heap;
  if (growth > ALLOWED_GROWTH) fail(name, `the heap has grown by ${toMib(growth)}`);
  if (after.descriptors > before.descriptors + 2)
    fail(name, `descriptors have grown from ${before.descriptors} to ${after.descriptors}`);
}

function held() {
  globalThis.gc();
  return { heap: process.memoryUsage().heapUsed, descriptors: readdirSync('/proc/self/fd').length };
}

function toMib(bytes) {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function fail(name, text) {
  console.log(`${name}: FAILED: ${text}`);
  process.exit(1);
}

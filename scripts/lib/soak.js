/**
 * The soak itself; scripts/soak.sh says what it is for. Arguments: SECONDS [FILE.svg]
 *
 * Half of the time goes by without, the other half with a re-exec every few seconds: a new program begins with a new heap, so only the
 * first half shows what its heap keeps, and only the second what is handed on from program to program.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chart } from './soak-chart.js';
import { changes, MEASURES } from './soak-judge.js';
import { Soaked } from './soak-supervisor.js';

const seconds = Number(process.argv[2]);
const svg = process.argv[3];
/** What is filled once and kept (caches, compiled code, pools) is full by then. */
const warmUp = Math.min(60, seconds / 5);
/** Events in one go, and of how many goes one has a start of a task in it. */
const TOGETHER = 50;
const TASK_EVERY = 4;
/** Between two re-execs. */
const PROGRAM_MS = 2000;

const soaked = await Soaked.start();
const done = { events: 0, tasks: 0, reexecs: 0 };
const samples = [];
const began = performance.now();
const elapsed = () => (performance.now() - began) / 1000;
const half = warmUp + (seconds - warmUp) / 2;
let over = false;
let paused = Promise.resolve();

try {
  await Promise.all([emit(), look(), replace(), end()]);
  const totals = { ...done, ...(await soaked.totals()) };
  console.log(
    `${Math.round(elapsed())} s: ${Object.entries(totals)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
  );
  const found = changes(samples);
  console.log(`${''.padEnd(12)}${'at first'.padStart(12)}${'at last'.padStart(12)}`);
  for (const { phase, measure, first, last, isTooMuch } of found) {
    const { shown } = MEASURES[measure];
    console.log(
      `${measure.padEnd(12)}${shown(first).padStart(12)}${shown(last).padStart(12)}  ${phase}${isTooMuch ? '   GROWS' : ''}`,
    );
  }
  if (svg !== undefined) writeFileSync(svg, chart(samples, totals));
  const grown = found.filter(({ isTooMuch }) => isTooMuch);
  console.log(grown.length === 0 ? 'nothing grows' : 'something grows');
  process.exitCode = grown.length === 0 ? 0 : 1;
} finally {
  await soaked.close();
}

async function end() {
  await sleep(seconds * 1000);
  over = true;
}

/** Events that nobody waits for, and now and then a task. */
async function emit() {
  for (let round = 0; !over; round++) {
    await paused;
    await Promise.all(Array.from({ length: TOGETHER }, () => soaked.emit()));
    done.events += TOGETHER;
    if (round % TASK_EVERY !== 0) continue;
    await soaked.runTask();
    done.tasks++;
  }
}

async function look() {
  let last = 0;
  while (!over) {
    await sleep(500);
    const found = soaked.sample();
    if (found === undefined || found.at === last) continue;
    last = found.at;
    const phase = elapsed() < warmUp ? 'warm-up' : elapsed() < half ? 'one program' : 'programs';
    samples.push({ ...found, second: elapsed(), phase });
  }
}

/** Nobody asks while one program replaces the other. */
async function replace() {
  await sleep(half * 1000);
  while (!over) {
    await sleep(PROGRAM_MS);
    if (over) return;
    let release;
    paused = new Promise((resolve) => (release = resolve));
    await soaked.reexec();
    done.reexecs++;
    release();
  }
}

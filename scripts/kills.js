#!/usr/bin/env node
/**
 * Kills foster at random instants, and has it replace itself, with jobs that write numbered lines: half of them for ever, half for a
 * second or two. Then looks at what the jobs themselves have noted: was any started without need, twice, or has a line been lost or
 * doubled?
 *
 *     node scripts/kills.js [KILLS] [REEXECS] [JOBS] [SEED]     as root, after `npm run build`
 */
import { copyFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomOf } from './chaos/random.js';
import { compare } from './kills/check.js';
import { isolate } from './lib/isolated.js';
import { ScratchFoster } from './lib/scratch-foster.js';

isolate(import.meta.url);
const [kills = '50', reexecs = '10', jobCount = '100', seed = String(Date.now() % 1e6)] =
  process.argv.slice(2);
const { random, pick } = randomOf(seed);
const foster = new ScratchFoster();
/** from when to when there was no foster that answers, in seconds since 1970, and what kind of time it was */
const downs = [];
const longest = { kill: 0, reexec: 0 };

const jobs = writeJobs();
await foster.begin();
await sleep(2000);
const order = [...Array(Number(kills)).fill('kill'), ...Array(Number(reexecs)).fill('reexec')].sort(
  () => random(3) - 1,
);
for (const what of order) {
  if (what === 'kill') await kill();
  else await reexec();
  await sleep(random(600));
}
// what has waited for a respawn is there again
await sleep(3000);
// at its end it reads what its jobs have written
await foster.end(true);
const { total, unread, wrong } = compare(jobs, foster.directory, foster.place('log'), {
  downs,
  said: foster.said,
});
if (wrong.length === 0) foster.remove();
const figures = Object.entries(total).map(([name, count]) => `${count} ${name}`);
if (unread.runs > 0)
  figures.push(
    `of which ${unread.runs} runs with ${unread.lines} lines had ended before the kill (${unread.longest.toFixed(2)} s at most)`,
  );
console.log(
  `seed ${seed}: ${kills} kills, ${reexecs} re-execs, ${jobs.length} jobs: ${figures.join(', ')}; without an answer for ` +
    `${Math.round(longest.kill)} ms at most after a kill, ${Math.round(longest.reexec)} ms in a re-exec`,
);
for (const text of wrong) console.log(text);
if (wrong.length > 0) console.log(`FAILED: see ${foster.directory}`);
process.exit(wrong.length === 0 ? 0 : 1);

function writeJobs() {
  const worker = foster.place('worker.pl');
  copyFileSync(new URL('kills/worker.pl', import.meta.url), worker);
  const names = Array.from({ length: Number(jobCount) }, (_, index) => ({
    name: `job${index}`,
    isSteady: index % 2 === 0,
  }));
  for (const { name, isSteady } of names) {
    const lines = isSteady ? 0 : 20 + random(40);
    foster.write(
      name,
      `start on startup\nrespawn\nrespawn limit unlimited\nlog size 64k\nlog count 1000\nexec perl ${worker} ${name} ${lines} ${foster.directory}\n`,
    );
  }
  // kills come in the midst of what these do
  foster.write(
    'daemon',
    'ready daemonised\nkill timeout 1\nexec sh -c "(sleep 0.1; exec setsid sleep 1000) & sleep 0.05"\n',
  );
  foster.write(
    'hooks',
    'pre-start exec sleep 0.1\npost-stop exec sleep 0.1\nkill timeout 1\nexec sleep 1000\n',
  );
  return names;
}

/** In the midst of something, or of nothing. */
async function kill() {
  const job = pick(['daemon', 'hooks', undefined, undefined]);
  if (job !== undefined) void foster.command(job, pick(['start', 'stop', 'restart']));
  if (random(6) === 0) void foster.ask('/v1/reexec', {});
  await sleep(random(120));
  const began = performance.now();
  const moments = [Date.now()];
  await foster.kill();
  foster.start();
  // one in four is killed again while it starts
  if (random(4) === 0) {
    await sleep(random(700));
    moments.push(Date.now());
    await foster.kill();
    foster.start();
  }
  await foster.answer();
  for (const from of moments) downs.push({ kind: 'kill', from: from / 1000, to: Date.now() / 1000 });
  longest.kill = Math.max(longest.kill, performance.now() - began);
}

async function reexec() {
  const { since } = await foster.answer();
  const from = Date.now() / 1000;
  const began = performance.now();
  await foster.ask('/v1/reexec', {});
  while ((await foster.answer()).since === since) await sleep(10);
  downs.push({ kind: 're-exec', from, to: Date.now() / 1000 });
  longest.reexec = Math.max(longest.reexec, performance.now() - began);
}

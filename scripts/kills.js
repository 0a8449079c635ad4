#!/usr/bin/env node
/**
 * Kills foster at random instants, and has it replace itself, with jobs that write numbered lines: half of them for ever, half for a
 * second or two. Then looks at what the jobs themselves have noted: was any started without need, twice, or has a line been lost or
 * doubled?
 *
 *     node scripts/kills.js [KILLS] [REEXECS] [JOBS] [SEED]     as root, after `npm run build`
 */
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../build/src/control/client/client.js';
import { randomOf } from './chaos/random.js';
import { compare } from './kills/check.js';
import { isolate } from './lib/isolated.js';

isolate(import.meta.url);
const [kills = '50', reexecs = '10', jobCount = '100', seed = String(Date.now() % 1e6)] =
  process.argv.slice(2);
const { random, pick } = randomOf(seed);
const directory = mkdtempSync(join(tmpdir(), 'foster-kills-'));
chmodSync(directory, 0o755);
const place = (name) => join(directory, name);
const client = new ControlClient({ path: place('run/foster.sock'), isNamed: true }, process.geteuid());
/** intervals without a foster, seconds since 1970 */
const downs = { 'a kill': [], 'a re-exec': [] };
const longest = { kill: 0, reexec: 0 };
let foster;

const jobs = writeJobs();
await begin();
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
const { total, wrong } = compare(jobs, directory, place('log'), downs);
foster.kill('SIGTERM');
await new Promise((resolve) => foster.once('exit', resolve));
const figures = Object.entries(total).map(([name, count]) => `${count} ${name}`);
console.log(
  `seed ${seed}: ${kills} kills, ${reexecs} re-execs, ${jobs.length} jobs: ${figures.join(', ')}; without an answer for ` +
    `${Math.round(longest.kill)} ms at most after a kill, ${Math.round(longest.reexec)} ms in a re-exec`,
);
for (const text of wrong) console.log(text);
if (wrong.length === 0) rmSync(directory, { recursive: true, force: true });
else console.log(`FAILED: see ${directory}`);
process.exit(wrong.length === 0 ? 0 : 1);

function writeJobs() {
  for (const name of ['conf', 'run', 'log']) mkdirSync(place(name));
  const worker = place('worker.pl');
  copyFileSync(new URL('kills/worker.pl', import.meta.url), worker);
  const names = Array.from({ length: Number(jobCount) }, (_, index) => ({
    name: `job${index}`,
    isSteady: index % 2 === 0,
  }));
  for (const { name, isSteady } of names) {
    const lines = isSteady ? 0 : 20 + random(40);
    write(
      name,
      `start on startup\nrespawn\nrespawn limit unlimited\nlog size 64k\nlog count 1000\nexec perl ${worker} ${name} ${lines} ${directory}\n`,
    );
  }
  // kills come in the midst of what these do
  write(
    'daemon',
    'ready daemonised\nkill timeout 1\nexec sh -c "(sleep 0.1; exec setsid sleep 1000) & sleep 0.05"\n',
  );
  write('hooks', 'pre-start exec sleep 0.1\npost-stop exec sleep 0.1\nkill timeout 1\nexec sleep 1000\n');
  return names;
}

function write(name, text) {
  writeFileSync(join(place('conf'), `${name}.conf`), text);
}

function start() {
  const places = ['--confdir', place('conf'), '--logdir', place('log'), '--rundir', place('run')];
  foster = spawn(fileURLToPath(new URL('../bin/foster', import.meta.url)), ['init', ...places], {
    stdio: 'ignore',
  });
}

async function begin() {
  start();
  await answer();
}

async function ask(target, options) {
  try {
    return await client.request(target, options);
  } catch {
    return undefined; // nobody is there, or it was killed while it answered
  }
}

async function answer() {
  for (;;) {
    const version = await ask('/v1/version');
    if (version !== undefined) return version;
    await sleep(10);
  }
}

/** In the midst of something, or of nothing. */
async function kill() {
  const job = pick(['daemon', 'hooks', undefined, undefined]);
  if (job !== undefined)
    void ask(`/v1/jobs/${job}/${pick(['start', 'stop', 'restart'])}`, {
      method: 'POST',
      body: { wait: 'nothing' },
    });
  if (random(6) === 0) void ask('/v1/reexec', { method: 'POST', body: {} });
  await sleep(random(120));
  const from = Date.now() / 1000;
  const began = performance.now();
  await killNow();
  start();
  // one in four is killed again while it starts
  if (random(4) === 0) {
    await sleep(random(700));
    await killNow();
    start();
  }
  await answer();
  downs['a kill'].push([from, Date.now() / 1000]);
  longest.kill = Math.max(longest.kill, performance.now() - began);
}

function killNow() {
  const ended = new Promise((resolve) => foster.once('exit', resolve));
  foster.kill('SIGKILL');
  return ended;
}

async function reexec() {
  const { since } = await answer();
  const from = Date.now() / 1000;
  const began = performance.now();
  await ask('/v1/reexec', { method: 'POST', body: {} });
  while ((await answer()).since === since) await sleep(10);
  downs['a re-exec'].push([from, Date.now() / 1000]);
  longest.reexec = Math.max(longest.reexec, performance.now() - began);
}

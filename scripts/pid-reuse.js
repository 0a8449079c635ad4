#!/usr/bin/env node
/**
 * Pids that come again at once: in a pid namespace with about a hundred free numbers, strangers fork as fast as they can, while jobs
 * are stopped, started, killed and respawned and foster itself is killed. No stranger may get a signal, and none may be main.
 *
 *     node scripts/pid-reuse.js [SECONDS] [SEED]     as root, after `npm run build`
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { randomOf } from './chaos/random.js';
import { isolate } from './lib/isolated.js';
import { ScratchFoster } from './lib/scratch-foster.js';

isolate(import.meta.url);
const [seconds = '60', seed = String(Date.now() % 1e6)] = process.argv.slice(2);
const { random, pick } = randomOf(seed);
/** The kernel keeps those below 300 to itself once it has gone round. */
const PID_MAX = 460;
const JOBS = 6;
const FORKERS = 3;
/** By which main is known, whatever foster says. */
const FIRST = 8_000_000;

const foster = new ScratchFoster();
const names = Array.from({ length: JOBS }, (_, index) => `job${index}`);
names.forEach((name, index) => {
  const daemon = index % 2 === 0 ? '' : 'ready daemonised\n';
  const program =
    index % 2 === 0 ? `sleep ${FIRST + index}` : `sh -c "(exec setsid sleep ${FIRST + index}) & sleep 0.05"`;
  foster.write(
    name,
    `start on startup\nrespawn\nrespawn limit unlimited\nkill timeout 1\n${daemon}exec ${program}\n`,
  );
});
writeFileSync('/proc/sys/kernel/pid_max', String(PID_MAX));
const marks = foster.place('strangers');
const env = { ...process.env, FOSTER_JOB: 'job0', FOSTER_INSTANCE: '' };
const script = fileURLToPath(new URL('pid-reuse/stranger.pl', import.meta.url));
await foster.begin();
const strangers = Array.from({ length: FORKERS }, () =>
  spawn('perl', [script, marks], { env, stdio: 'ignore' }),
);
const done = { stops: 0, kills: 0, 'kills of foster': 0 };
const problems = [];
for (const end = performance.now() + Number(seconds) * 1000; performance.now() < end;) {
  await oneStep();
  await sleep(random(60));
}
for (const stranger of strangers) stranger.kill('SIGTERM');
await Promise.all(
  strangers.map((stranger) => stranger.exitCode ?? new Promise((resolve) => stranger.once('exit', resolve))),
);
await check();
const lines = readFileSync(marks, 'utf8').trimEnd().split('\n');
const signalled = lines.filter((line) => line.startsWith('signalled'));
const forks = lines
  .flatMap((line) => /^forks (\d+)/.exec(line)?.[1] ?? [])
  .reduce((sum, count) => sum + Number(count), 0);
if (signalled.length > 0)
  problems.push(`${signalled.length} strangers got a signal: ${signalled.slice(0, 3).join(', ')}`);
await foster.end();
const figures = Object.entries(done).map(([name, count]) => `${count} ${name}`);
console.log(
  `seed ${seed}: ${forks} forks of strangers in ${seconds} s (${Math.round(forks / Number(seconds))} a second) among ${PID_MAX - 300} pids, ` +
    `${figures.join(', ')}: ${problems.length === 0 ? 'no stranger got a signal, none was main' : `FAILED: ${problems.join('; ')}`}`,
);
process.exit(problems.length === 0 ? 0 : 1);

async function oneStep() {
  const name = pick(names);
  switch (random(12)) {
    case 0:
      await foster.kill();
      foster.start();
      await foster.answer();
      done['kills of foster']++;
      return;
    case 1:
    case 2:
    case 3:
      return killMain(name);
    default:
      await foster.command(name, pick(['stop', 'start', 'restart']));
      done.stops++;
  }
}

/** Its main, if that is what it is in truth: a stranger must not be hit by this script either. */
async function killMain(name) {
  const pid = await main(name);
  if (pid === undefined || !isOwn(name, pid)) return;
  process.kill(pid, 'SIGKILL');
  done.kills++;
}

async function main(name) {
  return (await foster.ask(`/v1/jobs/${name}`))?.main ?? undefined;
}

/** In the end each job runs, as the process that it is in truth. */
async function check() {
  for (const name of names) {
    let pid;
    for (let tries = 0; tries < 50; tries++) {
      await foster.command(name, 'start');
      pid = await main(name);
      if (pid !== undefined && isOwn(name, pid)) break;
      await sleep(200);
    }
    if (pid === undefined || !isOwn(name, pid))
      problems.push(`main of ${name} is ${pid}: ${pid && commandLine(pid)}`);
  }
}

function isOwn(name, pid) {
  return commandLine(pid) === `sleep ${FIRST + Number(name.slice(3))} `;
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return ''; // it has ended meanwhile
  }
}

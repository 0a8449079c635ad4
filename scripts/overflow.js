#!/usr/bin/env node
/**
 * Has process events lost on purpose: foster stands for some seconds while twenty daemons go into the background and a job forks more
 * processes than the kernel keeps events of. Afterwards each daemon's main has to be known, and a stop has to end exactly what was
 * started.
 *
 *     node scripts/overflow.js [SOURCE] [ROUNDS] [FORKS] [SECONDS]     as root, after `npm run build`; perf by default
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isolate } from './lib/isolated.js';
import { ScratchFoster } from './lib/scratch-foster.js';

const [source = 'perf', rounds = '3', forks = '30000', seconds = '5'] = process.argv.slice(2);
// the connector hears the machine's first pid namespace alone; foster ends nothing there but what it has started
if (source !== 'connector') isolate(import.meta.url);
const DAEMONS = 20;
/** Arguments of sleep(1) by which a daemon's main is known: nobody else sleeps so long. */
const FIRST = 7_000_000 + (process.ppid % 1000) * 1000;
/** For the reading of /proc, and until a hand-off is believed. */
const SETTLE_MS = 60_000;

const foster = new ScratchFoster('--tracker', source);
const storm = foster.place('storm');
const numbers = Array.from({ length: DAEMONS }, (_, index) => FIRST + index);
for (const number of numbers)
  foster.write(
    `d${number}`,
    `ready daemonised\nkill timeout 2\nexec sh -c "(sleep 1.5; exec setsid sleep ${number}) & sleep 1"\n`,
  );
foster.write(
  'storm',
  `exec perl -e 'while (1) { select undef, undef, undef, 0.05; next unless -e "${storm}"; for (1..${forks}) { my $p = fork; exit 0 if defined $p && !$p; waitpid $p, 0 } rename "${storm}", "${storm}.done" }'\n`,
);
await foster.begin();
await foster.command('storm', 'start', 'upstart');
const problems = [];
for (let round = 0; round < Number(rounds); round++) await oneRound();
const overflows = await counted('foster_tracker_overflows_total');
const resyncs = await counted('foster_tracker_resyncs_total');
if (overflows === 0) problems.push('no event was lost: nothing has been shown');
await foster.end();
console.log(
  `${source}: ${rounds} times ${DAEMONS} daemons, ${forks} forks while foster stood for at least ${seconds} s: ${overflows} overflows, ` +
    `${resyncs} readings of /proc: ${problems.length === 0 ? 'every main is right' : `FAILED: ${problems.join('; ')}`}`,
);
process.exit(problems.length === 0 ? 0 : 1);

async function oneRound() {
  await Promise.all(numbers.map((number) => foster.command(`d${number}`, 'start')));
  foster.process.kill('SIGSTOP');
  writeFileSync(storm, '');
  await sleep(Number(seconds) * 1000);
  while (!existsSync(`${storm}.done`)) await sleep(50);
  rmSync(`${storm}.done`);
  foster.process.kill('SIGCONT');
  problems.push(...(await lastly(wrongMains)));
  for (const number of numbers) await foster.command(`d${number}`, 'stop', 'upstart');
  problems.push(
    ...(await lastly(() => [...sleepers().keys()].map((number) => `${number} is left after its stop`))),
  );
}

/** @returns what is wrong in the end */
async function lastly(look) {
  const end = performance.now() + SETTLE_MS;
  let found;
  while ((found = await look()).length > 0 && performance.now() < end) await sleep(200);
  return found;
}

async function wrongMains() {
  const truth = sleepers();
  const found = [];
  for (const number of numbers) {
    const status = await foster.ask(`/v1/jobs/d${number}`);
    const pids = truth.get(number) ?? [];
    if (pids.length !== 1 || status?.main !== pids[0])
      found.push(`d${number} is ${pids.join(' ') || 'nobody'}, foster says ${status?.main}`);
  }
  return found;
}

/** The daemons that really run, by number. */
function sleepers() {
  const found = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const number = Number(/^sleep\0(\d{7})\0$/.exec(commandLine(pid))?.[1]);
    if (number >= FIRST && number < FIRST + DAEMONS)
      found.set(number, [...(found.get(number) ?? []), Number(pid)]);
  }
  return found;
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // it has ended meanwhile
  }
}

async function counted(name) {
  const text = await foster.text('/v1/metrics');
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'm').exec(text ?? '')?.[1] ?? NaN);
}

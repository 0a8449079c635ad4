/** What is compared: destinations with the settings of their groups, latency, and a storm. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { engine } from './engine.js';
import { makeGroups, removeGroups, settings } from './machine.js';
import { endAll, settled, start, workload } from './processes.js';
import { directory, FIRST_UID, SCOPE } from './rules.js';

/** Half of the processes are there before the engine begins. */
export async function destinations(name, processes) {
  makeGroups();
  const all = workload(processes, 7);
  const before = all.slice(0, processes / 2).map(start);
  await pause(500);
  const running = await engine(name);
  const after = all.slice(processes / 2).map(start);
  const pids = [...before, ...after];
  const places = await settled(pids);
  const groups = settings(new Set(pids));
  await endAll();
  await running.end();
  await removeGroups();
  return { places, groups };
}

/** A process changes its effective user, and looks until it is where the new user's processes belong. */
const CHANGER = `
  use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
  my ($changes, @targets) = @ARGV;
  $| = 1;
  sub groups { open(my $f, '<', '/proc/self/cgroup'); local $/; return scalar <$f> }
  for my $n (1 .. $changes) {
    my ($uid, $group) = split /=/, $targets[$n % @targets];
    select(undef, undef, undef, 0.01);
    my $from = clock_gettime(CLOCK_MONOTONIC);
    $> = $uid;
    while (1) {
      my $now = clock_gettime(CLOCK_MONOTONIC);
      my $all = () = groups() =~ m{:/\\Q$group\\E(?:-memory|-pids)?$}mg;
      if ($all >= 3) { print(($now - $from) * 1e6, "\\n"); last }
      if ($now - $from > 2) { print "lost\\n"; last }
    }
    $> = 0;
  }`;

export async function latency(name, changes) {
  makeGroups();
  const running = await engine(name);
  const targets = [1, 2, 3].map((n) => `${FIRST_UID + n}=${SCOPE}/user${n}`);
  const child = spawn('perl', ['-e', CHANGER, String(changes), ...targets], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (data) => (out += data));
  await new Promise((resolve) => child.once('close', resolve));
  await running.end();
  await removeGroups();
  return out.trim().split('\n');
}

/** What the changes of all rounds took, in microseconds. */
export function summary(lines) {
  const times = lines
    .filter((line) => line !== 'lost')
    .map(Number)
    .sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  return { median: at(0.5), p90: at(0.9), p99: at(0.99), lost: lines.length - times.length };
}

/** Programs that come and go as fast as two processors can make them, and among them processes that stay. */
export async function storm(name) {
  makeGroups();
  const running = await engine(name);
  const before = running.cpu();
  const loop = 'i=0; while [ $i -lt 3000 ]; do /bin/true; i=$((i+1)); done';
  const begun = performance.now();
  const storms = [0, 1, 2].map((n) =>
    spawn('/bin/sh', ['-c', loop], { uid: FIRST_UID + n, gid: FIRST_UID + n, stdio: 'ignore' }),
  );
  const ends = storms.map((child) => new Promise((resolve) => child.once('close', resolve)));
  const kept = [];
  for (const one of workload(200, 11)) {
    kept.push([one, start(one)]);
    await pause(10);
  }
  await Promise.all(ends);
  const seconds = (performance.now() - begun) / 1000;
  const places = await settled(kept.map(([, pid]) => pid));
  const cpu = running.cpu() - before;
  await endAll();
  await running.end();
  await removeGroups();
  const log = name === 'foster' ? running.said() : readFileSync(join(directory, 'cgrulesengd.log'), 'utf8');
  const overflows = (log.match(/BUFFER FULL|events were lost/g) ?? []).length;
  return { places, seconds, cpu, overflows };
}

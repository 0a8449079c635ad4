/**
 * Makes a list of faults that fails shorter (delta debugging): parts of it are left out as long as what is left still fails.
 *
 *      node scripts/chaos/shrink.js SCHEDULE.json SEED RUNS
 *
 * A part that passes once may fail the next time: what comes out fails, and is not always the shortest.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [path, seed, runs] = process.argv.slice(2);
const SCRIPT = fileURLToPath(new URL('../chaos.sh', import.meta.url));
const file = `${path}.part`;
let left = Number(runs);

function fails(schedule) {
  left -= 1;
  writeFileSync(file, JSON.stringify(schedule));
  const env = { ...process.env, CHAOS_SCHEDULE: file, CHAOS_SHRINK: '0' };
  const { status } = spawnSync('bash', [SCRIPT, seed], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  console.log(`${schedule.length} faults: ${status === 0 ? 'passed' : 'failed'}`);
  return status !== 0;
}

let schedule = JSON.parse(readFileSync(path, 'utf8'));
for (let parts = 2; left > 0 && schedule.length > 1;) {
  const size = Math.ceil(schedule.length / parts);
  let shorter;
  for (let at = 0; at < schedule.length && left > 0 && shorter === undefined; at += size) {
    const rest = [...schedule.slice(0, at), ...schedule.slice(at + size)];
    if (rest.length > 0 && fails(rest)) shorter = rest;
  }
  if (shorter !== undefined) schedule = shorter;
  else if (size === 1) break;
  parts = shorter === undefined ? Math.min(schedule.length, parts * 2) : Math.max(2, parts - 1);
}
writeFileSync(`${path}.short`, JSON.stringify(schedule));
console.log(
  `${schedule.length} faults are left, in ${path}.short: ${schedule.map(({ name }) => name).join(', ')}`,
);

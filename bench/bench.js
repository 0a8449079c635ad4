#!/usr/bin/env node
/**
 * npm run bench: foster beside other supervisors, all in one run, as ratios. Writes its part of docs/benchmarks.md, and the pictures.
 *
 *      --repetitions N   of each measurement (15)
 *      --jobs N          services of the tests with several (100)
 *      --tests a,b       restart, command, bring-up, memory, list, shutdown (all)
 *      --peers a,b       besides the C loop (all that are installed)
 *      --output DIR      where benchmarks.md and pictures/ go (docs)
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { page, withResults } from './lib/page.js';
import { installedPeers } from './lib/peers.js';
import { TESTS } from './lib/tests.js';

const { values: given } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '15' },
    jobs: { type: 'string', default: '100' },
    tests: { type: 'string' },
    peers: { type: 'string' },
    output: { type: 'string', default: fileURLToPath(new URL('../docs', import.meta.url)) },
  },
});
const repetitions = Number(given.repetitions);
const jobs = Number(given.jobs);
const tests = TESTS.filter(({ name }) => given.tests === undefined || given.tests.split(',').includes(name));
const { peers, missing } = installedPeers(given.peers?.split(','));

// before the measurements, which are a load themselves
const load = loadavg()[1];
const place = mkdtempSync(join(tmpdir(), 'foster-bench-programs-'));
process.once('exit', () => rmSync(place, { recursive: true, force: true }));
const programs = Object.fromEntries(['job', 'loop'].map((name) => [name, compiled(name)]));

const results = [];
for (const test of tests) results.push({ test, values: await measureAll(test) });

const date = new Date().toISOString().slice(0, 10);
const { text, pictures } = page(results, { jobs, repetitions, missing, date, load });
mkdirSync(join(resolve(given.output), 'pictures'), { recursive: true });
const file = join(given.output, 'benchmarks.md');
writeFileSync(file, withResults(existsSync(file) ? readFileSync(file, 'utf8') : '', text));
for (const [name, picture] of pictures) writeFileSync(join(given.output, 'pictures', name), picture);

function compiled(name) {
  const program = join(place, name);
  const source = fileURLToPath(new URL(`load/${name}.c`, import.meta.url));
  // without the dynamic loader, whose time would be in each figure
  execFileSync(process.env.CC ?? 'cc', ['-O2', '-static', '-o', program, source], { stdio: 'inherit' });
  return program;
}

/** The peers take turns, so that what else the machine does meets them all. */
async function measureAll(test) {
  const chosen = [...(test.others ?? []), ...peers.filter(test.peers)];
  const values = new Map(chosen.map(({ name }) => [name, []]));
  for (let round = 1; round <= repetitions; round++) {
    for (const one of chosen) {
      const value = await attempt(test, one);
      if (value !== undefined) values.get(one.name).push(value);
    }
    process.stderr.write(`${test.name} ${round}/${repetitions}\n`);
  }
  return values;
}

/** A peer that fails costs no other its figures. */
async function attempt(test, one) {
  try {
    return await (one.needs === undefined ? one.measure() : test.measure(one, { programs, jobs }));
  } catch (error) {
    process.stderr.write(`${test.name}, ${one.name}: ${error.message}\n`);
    return undefined;
  }
}

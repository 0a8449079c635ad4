#!/usr/bin/env node
/**
 * npm run fuzz [-- TARGET|all] [COUNT] [SEED]     after `npm run build`
 *
 * Gives each target (scripts/fuzz/targets/) COUNT random inputs that are made for it, and looks at what comes of them: no exception
 * but the declared ones, no input that takes long, nothing that grows, nothing that is accepted and means something else. What
 * fails is made smaller and printed with its seed; put it into test/fuzz-corpus/TARGET/, whose files run before all others.
 *
 *     npm run fuzz                        all targets, a short run
 *     npm run fuzz -- job-files 1000000   one target
 *     npm run fuzz -- netlink 1000 42     the same inputs again
 *     npm run fuzz -- all corpus          only the corpus
 */
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';

const [only = 'all', count = '5000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
/** A portion of inputs takes seconds; nothing for this long is a loop without end. */
const HANG_MS = 180_000;

const names = readdirSync(new URL('fuzz/targets/', import.meta.url))
  .map((name) => name.replace(/\.js$/, ''))
  .sort();
const chosen = only === 'all' ? names : names.filter((name) => name === only);
if (chosen.length === 0) {
  console.error(`There is no target ${only}: expected all, ${names.join(', ')}`);
  process.exit(2);
}

/** Up to so many inputs, loading the program takes longer than they do: all targets run in one process then. */
const FEW = 1000;
const together = count === 'corpus' || Number(count) <= FEW;

let failed = 0;
for (const names of together ? [chosen] : chosen.map((name) => [name])) if (!(await run(names))) failed++;
process.exit(failed === 0 ? 0 : 1);

/** In a process that can be ended when it hangs. @returns whether all was right */
function run(names) {
  const child = fork(new URL('fuzz/child.js', import.meta.url), [names.join(','), count, seed], {
    execArgv: ['--expose-gc'],
  });
  let at = `${names[0]} corpus`;
  let watchdog;
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      console.log(`HANGS for ${HANG_MS / 1000} s; repeat: npm run fuzz -- ${at}`);
      child.kill('SIGKILL');
    }, HANG_MS);
  };
  alive();
  child.on('message', ({ name, portion, seed: from }) => {
    at = `${name} ${portion} ${from}`;
    alive();
  });
  return new Promise((resolve) =>
    child.on('exit', (status) => {
      clearTimeout(watchdog);
      resolve(status === 0);
    }),
  );
}

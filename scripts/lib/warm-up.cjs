/**
 * Writes V8's code cache of the scripts of the bundle. V8 keeps what has been compiled when the cache is taken, so this runs what is
 * needed most:
 *
 *      node … warm-up.cjs init      a supervisor in a directory of its own, with a service that crashes and is respawned, and one
 *                                   that puts itself into the background, until its COMMAND has ended
 *      node … warm-up.cjs client    what a person asks such a supervisor for
 */
'use strict';
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { mkdtempSync, mkdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const v8 = require('node:v8');
const { bundle, writeCaches } = require('../../bin/load.js');

const FOSTER = join(__dirname, '../../bin/foster');

// A cache holds for the flags with which V8 was when it was taken, and foster init changes some once it runs.
v8.setFlagsFromString = () => undefined;

const COMMON = 'start on = startup\nrespawn = true\n';
const SERVICES = { crasher: 'sleep 0.1; kill -KILL $$', daemon: 'setsid sleep 1000 & sleep 0.1' };

const directory = mkdtempSync(join(tmpdir(), 'foster-code-cache-'));
const places = ['conf', 'log', 'run'].flatMap((name) => [`--${name}dir`, join(directory, name)]);

// foster init ends the process by itself: nothing that stands behind its call is ever reached
process.once('exit', (status) => {
  rmSync(directory, { recursive: true });
  if (status !== 0) return;
  writeCaches();
});

void { init: warmSupervisor, client: warmClient }[process.argv[2]]();

/** What is not in the cache is compiled when it first runs: the first respawn of a service would take twice as long as later ones. */
async function warmSupervisor() {
  mkdirSync(join(directory, 'conf'));
  for (const [name, script] of Object.entries(SERVICES))
    writeFileSync(join(directory, `conf/${name}.ini`), `exec = sh -c '${script}'\n${COMMON}`);
  await run('init', ...places, '--', 'sleep', '0.5');
}

async function warmClient() {
  mkdirSync(join(directory, 'conf'));
  writeFileSync(join(directory, 'conf/sleeper.conf'), 'exec sleep 1000\n');
  const supervisor = spawn(FOSTER, ['init', ...places, '--no-startup-event'], { stdio: 'ignore' });
  const ended = once(supervisor, 'exit');
  process.env.FOSTER_SOCKET = join(directory, 'run/foster.sock');
  try {
    await run('health', '--wait', '60');
    for (const line of ['start sleeper', 'list', 'status sleeper', 'restart sleeper', 'stop sleeper'])
      await run(...line.split(' '));
  } finally {
    supervisor.kill();
    await ended;
  }
  process.exitCode = 0;
}

function run(...words) {
  process.argv.splice(2, Infinity, ...words);
  return bundle().run('foster');
}

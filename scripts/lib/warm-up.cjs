/**
 * Writes V8's code cache of the bundle. V8 keeps what has been compiled when the cache is taken, so this runs what is needed
 * until a first job is up, and what most commands need: a supervisor in a directory of its own, with the program `true`.
 */
'use strict';
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const v8 = require('node:v8');
const { CACHE, compileBundle, exportsOf } = require('../../bin/load.js');

// A cache holds for the flags with which V8 was when it was taken, and foster init changes some once it runs.
v8.setFlagsFromString = () => undefined;

const script = compileBundle();
const directory = mkdtempSync(join(tmpdir(), 'foster-code-cache-'));

// foster init ends the process by itself: nothing that stands behind the call below is ever reached
process.once('exit', (status) => {
  rmSync(directory, { recursive: true });
  if (status === 0) writeFileSync(CACHE, script.createCachedData());
});

const places = ['conf', 'log', 'run'].flatMap((name) => [`--${name}dir`, join(directory, name)]);
process.argv.splice(2, Infinity, 'init', ...places, '--', 'true');
void exportsOf(script).run('foster');

/**
 * Loads the compiled program. `npm run build` leaves it in two forms:
 *
 *   build/bundle/foster.cjs   one file, with what V8 compiled of it beside it (foster.cjs.cache). It starts in half the time.
 *   build/src/                a module for each source file, as tests and the library foster/tracker use it.
 *
 * V8 checks that the cache belongs to this source, this V8 and these flags, and ignores it otherwise.
 */
'use strict';
const { readFileSync, realpathSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const BUILD = join(__dirname, '../build');
const BUNDLE = join(BUILD, 'bundle/foster.cjs');
const MODULE = join(BUILD, 'src/cli/run.js');
const CACHE = `${BUNDLE}.cache`;

/** Runs `foster` or `initctl`. */
async function start(program) {
  const script = compileBundle();
  const { run } = script === undefined ? await importModule() : exportsOf(script);
  await run(program);
}

/** @returns undefined where there is no bundle */
function compileBundle() {
  // esbuild writes nothing but ASCII, which is read faster in this way
  const source = readIfThere(BUNDLE, 'latin1');
  if (source === undefined) return undefined;
  const cachedData = readIfThere(CACHE);
  return new Script(source, { filename: BUNDLE, ...(cachedData !== undefined && { cachedData }) });
}

function exportsOf(script) {
  const module = { exports: {} };
  // koffi is looked for beside the file itself, as Node does, and not beside a link to it
  const path = realpathSync(BUNDLE);
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return module.exports;
}

async function importModule() {
  const { href } = pathToFileURL(MODULE);
  try {
    return await import(href);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== href) throw error;
    process.stderr.write(`foster has not been built: run "npm run build" (there is no ${MODULE})\n`);
    process.exit(1);
  }
}

function readIfThere(path, encoding) {
  try {
    return readFileSync(path, encoding);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}

module.exports = { start, compileBundle, exportsOf, BUNDLE, CACHE };

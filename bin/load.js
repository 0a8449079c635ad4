/**
 * Loads the compiled program. `npm run build` leaves it in two forms:
 *
 *   build/bundle/*.cjs   a few scripts (scripts/lib/chunks.js), with what V8 compiled of each beside it (foster.cjs.cache). A process
 *                        loads those that it needs; it starts in half the time.
 *   build/src/           a module for each source file, as tests and the library foster/tracker use it.
 *
 * V8 checks that a cache was made by this V8 under these flags, and ignores it otherwise. Of the source it checks the length
 * alone, and runs other code than the file's where an older script was as long. So a script ends with its identity, and a cache
 * begins with that of its script.
 */
'use strict';
const { existsSync, readFileSync, realpathSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const BUILD = join(__dirname, '../build');
const BUNDLE = join(BUILD, 'bundle/foster.cjs');
const MODULE = join(BUILD, 'src/cli/run.js');

/** The scripts that are loaded in this way; import.cjs and become.cjs are modules as Node knows them. */
const CHUNK = /^\.\/(foster|init|client|commands)\.cjs$/;

/** The last line of a script, as scripts/lib/script-identity.js writes it. */
const IDENTITY = /\n\/\/ identity ([0-9a-f]{64})\n$/;
/** The identity is as long as this: a multiple of 8, so that V8 can use what follows in its place. */
const HEADER_LENGTH = 64;

/** The scripts that this process has loaded, by path. */
const loaded = new Map();

/** Runs `foster` or `initctl`. */
async function start(program) {
  loadUtilWithoutStderr();
  const { run } = existsSync(BUNDLE) ? bundle() : await importModule();
  await run(program);
}

/**
 * Loads what is behind `util.diff` (Node 22.15 and later) while there is no process.stderr. Whatever reads all exports of node:util, as
 * bundles do and koffi is one, loads that, and it opens process.stderr to find out about colours. Node then makes a pipe
 * non-blocking, also for COMMAND, which shares it.
 */
function loadUtilWithoutStderr() {
  const util = require('node:util');
  if (!('diff' in util)) return;
  const stderr = Object.getOwnPropertyDescriptor(process, 'stderr');
  Object.defineProperty(process, 'stderr', { value: undefined, configurable: true });
  try {
    void util.diff;
  } finally {
    Object.defineProperty(process, 'stderr', stderr);
  }
}

/** The program of the bundle. */
function bundle() {
  // koffi is looked for beside the file itself, as Node does, and not beside a link to it
  return load(realpathSync(BUNDLE)).modules['cli/run.js'];
}

/** Loads a script of the bundle, or returns what it exported when it was loaded. */
function load(path) {
  const known = loaded.get(path);
  if (known !== undefined) return known.module.exports;
  const module = { exports: {} };
  const script = compile(path);
  loaded.set(path, { module, script });
  script.runInThisContext()(module.exports, requireFrom(path), module, path, dirname(path));
  return module.exports;
}

function compile(path) {
  // esbuild writes nothing but ASCII, which is read faster in this way
  const source = readFileSync(path, 'latin1');
  const cachedData = readCache(path, identityOf(source));
  return new Script(source, { filename: path, ...(cachedData !== undefined && { cachedData }) });
}

/** Where what V8 compiled of a script is kept. */
function cacheOf(path) {
  return `${path}.cache`;
}

/** Returns what V8 compiled of this very script, or undefined. */
function readCache(path, identity) {
  const cache = readIfThere(cacheOf(path));
  if (identity === undefined || cache?.toString('latin1', 0, HEADER_LENGTH) !== identity) return undefined;
  return cache.subarray(HEADER_LENGTH);
}

/** Keeps what V8 has compiled so far of each loaded script. */
function writeCaches() {
  for (const [path, { script }] of loaded) {
    const identity = identityOf(readFileSync(path, 'latin1'));
    if (identity === undefined) continue;
    writeFileSync(cacheOf(path), Buffer.concat([Buffer.from(identity, 'latin1'), script.createCachedData()]));
  }
}

function identityOf(source) {
  return IDENTITY.exec(source.slice(-100))?.[1];
}

function requireFrom(path) {
  let packages;
  return (name) => {
    if (name.startsWith('node:')) return require(name);
    if (CHUNK.test(name)) return load(join(dirname(path), name));
    packages ??= createRequire(path);
    return packages(name);
  };
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

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}

module.exports = { start, bundle, compile, loaded, writeCaches };

#!/usr/bin/env node
/**
 * Feeds both readers of job files with texts that somebody has damaged: bytes of real files changed, doubled, cut out and
 * swapped between files. What may not happen: an exception, a text that takes long, an error outside the file, and a text
 * that is accepted and means something else when it has been converted to the other form and back. Prints the first such
 * text as JSON, and ends with status 1.
 *
 *     node scripts/fuzz.js [RUNS] [SEED] [DIRECTORY...]      after `npm run build`; directories of job files, by default jobs/
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { checkText } from '../build/src/jobfile/check.js';
import { convert } from '../build/src/jobfile/convert.js';

const [runs = '20000', seed = String(Date.now() % 1e9), ...directories] = process.argv.slice(2);
/** A job file of a few thousand bytes takes well under a millisecond; this much is a loop that ends late or never. */
const LONG_MS = 1000;
/** Bytes that mean something to one of the readers. */
const SPECIAL = Buffer.from('\n\r\t "\'\\#;=[](){}$!,.-+*\0\x80\xff{}', 'latin1');

let state = Number(seed) | 0 || 1;
/** xorshift: the same seed gives the same texts. */
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

const DAMAGES = [
  (bytes) => (bytes.length === 0 ? bytes : changed(bytes, random(bytes.length), random(256))),
  (bytes) => (bytes.length === 0 ? bytes : changed(bytes, random(bytes.length), special())),
  (bytes) => splice(bytes, random(bytes.length + 1), 0, Buffer.from([special()])),
  (bytes) => splice(bytes, random(bytes.length + 1), random(20), Buffer.alloc(0)),
  (bytes) => splice(bytes, random(bytes.length + 1), 0, piece(bytes)),
  (bytes) => splice(bytes, random(bytes.length + 1), random(20), piece(pick(seeds).bytes)),
  (bytes) => splice(bytes, random(bytes.length + 1), 0, Buffer.from(`\n${pick(lines)}\n`)),
  (bytes) => bytes.subarray(0, random(bytes.length + 1)),
];

const pick = (list) => list[random(list.length)];
const special = () => SPECIAL[random(SPECIAL.length)];
const splice = (bytes, at, count, middle) =>
  Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + count)]);

function changed(bytes, at, value) {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

function piece(bytes) {
  const from = random(bytes.length + 1);
  return bytes.subarray(from, from + random(40));
}

/** Throws what is wrong with how a text is read. */
function examine(text, syntax) {
  const began = process.hrtime.bigint();
  const checked = checkText(text, 'job', syntax);
  if (checked.ok) compareForms(checked.class, syntax);
  else {
    const last = text.split('\n').length;
    const outside = checked.errors.find(({ line }) => line < 1 || line > last);
    if (outside !== undefined) throw new Error(`an error in line ${outside.line} of ${last}`);
  }
  const took = Number(process.hrtime.bigint() - began) / 1e6;
  if (took > LONG_MS) throw new Error(`it took ${Math.round(took)} ms`);
  return checked.ok;
}

function compareForms(job, syntax) {
  const other = syntax === 'ini' ? 'conf' : 'ini';
  let present = job;
  for (const to of [other, syntax]) {
    const text = convert(present, to);
    const again = checkText(text, 'job', to);
    if (!again.ok) throw new Error(`as .${to} it is refused: ${JSON.stringify(again.errors)}\n${text}`);
    present = again.class;
    if (!isDeepStrictEqual(withoutSource(present), withoutSource(job)))
      throw new Error(`as .${to} it says something else:\n${text}`);
    if (convert(present, to) !== text) throw new Error(`as .${to} it is printed in two ways:\n${text}`);
  }
}

function withoutSource({ source, ...rest }) {
  return source === undefined ? undefined : rest;
}

function readSeeds(directory) {
  return readdirSync(directory)
    .filter((name) => /\.(conf|ini|override)$/.test(name))
    .map((name) => ({
      syntax: name.endsWith('.ini') ? 'ini' : 'conf',
      bytes: readFileSync(join(directory, name)),
    }));
}

const jobs = fileURLToPath(new URL('../jobs', import.meta.url));
const read = [jobs, ...directories].flatMap(readSeeds);
// what is a .conf file becomes an .ini file, too
const converted = read.flatMap(({ syntax, bytes }) => {
  const checked = checkText(bytes.toString(), 'job', syntax);
  if (!checked.ok) return [];
  const other = syntax === 'ini' ? 'conf' : 'ini';
  return [{ syntax: other, bytes: Buffer.from(convert(checked.class, other)) }];
});
const seeds = [...read, ...converted];
const lines = seeds.flatMap(({ bytes }) => bytes.toString().split('\n'));

let accepted = 0;
for (let run = 0; run < Number(runs); run++) {
  const { syntax, bytes } = pick(seeds);
  let text = bytes;
  for (let count = random(4) + 1; count > 0; count--) text = pick(DAMAGES)(text);
  try {
    if (examine(text.toString(), syntax)) accepted++;
  } catch (error) {
    console.log(`run ${run} of seed ${seed}: ${error.stack}\n.${syntax}: ${JSON.stringify(text.toString())}`);
    process.exit(1);
  }
}
console.log(
  `${runs} texts from ${seeds.length} files, seed ${seed}: ${accepted} were job files, nothing was wrong`,
);

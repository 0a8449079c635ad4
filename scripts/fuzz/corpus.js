/** Inputs that failed once, in test/fuzz-corpus/TARGET/*.json: bytes stand there as `{"bytes": "base64"}`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, examineInTime } from './examine.js';

const CORPUS = new URL('../../test/fuzz-corpus/', import.meta.url);

/** @returns how many there are; the first that fails */
export async function examineCorpus(name, target) {
  const directory = new URL(`${name}/`, CORPUS);
  const files = existsSync(directory) ? readdirSync(directory).sort() : [];
  for (const file of files) {
    const input = fromText(readFileSync(new URL(file, directory), 'utf8'));
    try {
      await examineInTime(target, input);
    } catch (error) {
      return { count: files.length, failure: `${file}: ${describe(error, input)}` };
    }
  }
  return { count: files.length };
}

export function toText(input) {
  return JSON.stringify(input, (_, value) => {
    // a Buffer has become what its toJSON makes of it
    if (value?.type === 'Buffer') return { bytes: Buffer.from(value.data).toString('base64') };
    return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value;
  });
}

/** `{"repeat": [before, middle, times, after]}` stands for a text that is long and dull. */
function fromText(text) {
  return JSON.parse(text, (_, value) => {
    if (typeof value?.bytes === 'string') return Buffer.from(value.bytes, 'base64');
    if (!Array.isArray(value?.repeat)) return value;
    const [before, middle, times, after] = value.repeat;
    return before + middle.repeat(times) + after;
  });
}

/** The handover of a re-exec of which parts are others: read, or a DecodeError; written and read it is the same. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { DecodeError } from '../../../build/src/codec/decode-error.js';
import {
  parseHandover,
  savedDescriptors,
  writeHandover,
} from '../../../build/src/supervisor/state/handover.js';
import { damaged, damagedJson } from '../words.js';

const text = readFileSync(new URL('../../../test/saved-by-version-1/handover.json', import.meta.url), 'utf8');

export const target = {
  input: fc.oneof(
    { weight: 4, arbitrary: damagedJson([JSON.parse(text)]).map((json) => JSON.stringify(json)) },
    { weight: 1, arbitrary: damaged([text], ['null', '1e999', '[[[', '"']) },
  ),
  examine(input) {
    let handed;
    try {
      handed = parseHandover(input);
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
    for (const fd of savedDescriptors(handed))
      if (!Number.isInteger(fd) || fd < 0) throw new Error(`${fd} is to be kept open`);
    // in what is the core's to read: a number beyond the largest one is written as null, a negative zero as zero
    if (/e999|[:,[]-0[,}\]]/.test(input)) return true;
    if (!isDeepStrictEqual(parseHandover(writeHandover(handed)), handed))
      throw new Error('it is written as something else');
    return true;
  },
};

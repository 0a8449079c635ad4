/**
 * Saved files of jobs of which parts are others. Each is read, or a DecodeError says where it is wrong; what is read is written as
 * something that is read as the same, and a core that has taken it goes on without an error.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DecodeError } from '../../../build/src/codec/decode-error.js';
import { jobIn, identitiesIn, savedFile } from '../../../build/src/supervisor/state/saved-job.js';
import { Runaway, World } from '../../../build/test/supervisor/core/support/world.js';
import { damagedJson } from '../words.js';

const directory = fileURLToPath(new URL('../../../test/saved-by-version-1/jobs/', import.meta.url));
const files = readdirSync(directory).map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')));

export const target = {
  input: damagedJson(files),
  examine(json) {
    jobIn(json);
    identitiesIn(json, files[0].place);
    const saved = decoded(() => savedFile.read(json, undefined));
    if (saved === undefined) return false;
    const again = savedFile.read(JSON.parse(JSON.stringify(savedFile.write(saved, undefined))), undefined);
    if (!isDeepStrictEqual(again, saved)) throw new Error('it is written as something else');
    return goesOn(saved.core);
  },
};

/** What is taken back runs, is stopped, is saved and taken back once more. */
function goesOn(core) {
  const world = new World({});
  if (decoded(() => (world.takesBack(core), true)) === undefined) return false;
  try {
    world.passes(1000);
    world.passes(3_600_000);
  } catch (error) {
    // jobs may be made so that they chase one another; that is what they say
    if (!(error instanceof Runaway)) throw error;
  }
  return true;
}

function decoded(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError && error.message.length < 1000) return undefined;
    throw error;
  }
}

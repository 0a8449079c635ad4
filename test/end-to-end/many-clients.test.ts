/** A short form of scripts/many-clients.js: root is answered beside clients of other users that do what a client should not. */
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { outcomeOf, spawnChild } from '../helpers/child.js';

const skip = process.getuid?.() === 0 ? false : 'only root may run clients as other users';

/** As many as are let in at a time, and some that are not. How long it takes is the script's own business, on a quiet machine. */
const CLIENTS = '400';
const SECONDS = '2';
const ANY_TIME = '60000';

test('root is answered beside hundreds of clients that do not read', { skip }, async (t) => {
  const script = fileURLToPath(new URL('../../../scripts/many-clients.js', import.meta.url));
  const child = spawnChild(process.execPath, [script, CLIENTS, SECONDS, ANY_TIME], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { status, out, err } = await outcomeOf(child);
  t.equal(status, 0, err);
  const [, connected, answers, memory] =
    /of which (\d+) are connected: (\d+) answers.*memory grew by (-?\d+) MiB/.exec(out) ?? [];
  t.ok(Number(connected) > 200, out);
  t.ok(Number(answers) > 1, out);
  t.ok(Number(memory) < 100, out);
});

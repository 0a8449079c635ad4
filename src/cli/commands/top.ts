/** foster top: shows what jobs use, the busiest first; on a terminal, as a screen that is redrawn. */
import type { JobUsage } from '../../supervisor/api/usage.js';
import { usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import { usageTable, type UsageSample } from '../format/usage.js';
import type { Invocation } from '../invocation.js';
import { askPatiently } from '../../control/client/reconnect.js';
import { longPause } from '../../long-timer.js';

/** Seconds between two redraws of the screen. */
const SCREEN_INTERVAL = 1;

/** Seconds between two tables. */
const INTERVAL = 2;

/** Moves the cursor to the top left and clears the rest of the screen (console_codes(4)). */
const HOME = '\x1b[H\x1b[J';

export async function top(invocation: Invocation): Promise<number> {
  const client = invocation.client();
  const { isTerminal = false } = invocation.terminal;
  const look = async (): Promise<UsageSample> => ({
    jobs: await askPatiently<readonly JobUsage[]>(client, '/v1/usage'),
    at: performance.now(),
  });
  const given = invocation.amount('interval', 'seconds');
  const interval = given ?? INTERVAL;
  if (interval === 0) throw usageError('--interval 0: expected seconds');
  const { input } = invocation.terminal;
  const isAsked = invocation.json || invocation.has('count');
  if (isTerminal && input !== undefined && !isAsked) {
    const { TopSession } = await import('../top/session.js');
    return new TopSession(invocation, input, (given ?? SCREEN_INTERVAL) * 1000).run();
  }
  const times = invocation.amount('count', 'a number') ?? (isTerminal ? Infinity : 1);
  let before = await look();
  if (invocation.json) {
    invocation.printJson(before.jobs);
    return EXIT.ok;
  }
  for (let shown = 0; shown < times; shown++) {
    await longPause(interval * 1000);
    const now = await look();
    if (isTerminal) invocation.terminal.raw(HOME);
    for (const line of usageTable(now, before, invocation.width)) invocation.print(line);
    before = now;
  }
  return EXIT.ok;
}

/** docs/job-events.md names the events that foster emits, all of them. */
import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { OWN_EVENTS } from '../../src/cli/review/expectations.js';
import { INIT_EVENTS } from '../../src/cli/initctl/check-config.js';

/** Upstart's init emits these; foster has no sessions, and does not fail to become a subreaper. */
const NEVER = ['session-end', 'child-subreaper-failed'];

test('every event that foster emits has its row', (t) => {
  const text = readFileSync(new URL('../../../docs/job-events.md', import.meta.url), 'utf8');
  const documented = Array.from(text.matchAll(/^\| `([\w-]+)` \|/gm), ([, name]) => name!);
  t.same(documented.sort(), [...INIT_EVENTS, ...OWN_EVENTS].filter((name) => !NEVER.includes(name)).sort());
  t.end();
});

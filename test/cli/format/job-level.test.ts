import t from 'tap';
import { isJobLevel, joinStates } from '../../../src/cli/format/job-level.js';
import type { FeedEntry } from '../../../src/supervisor/api/feed.js';

const at = '2026-01-02T03:04:05.678Z';
const state = (from: string, to: string, more: object = {}) =>
  ({ type: 'state', at, job: 'web', instance: '', from, to, goal: 'start', ...more }) as FeedEntry;

t.test('each thing is told once', (t) => {
  const log = (level: string, text: string): FeedEntry => ({ type: 'log', at, level, text });
  const event = (name: string, env: readonly string[] = []): FeedEntry => ({ type: 'event', at, name, env });
  const told: readonly FeedEntry[] = [
    event('startup'),
    event('started', ['X=1']), // somebody's own
    state('waiting', 'starting'),
    { type: 'verdict', at, job: 'web', verdict: 'died', pid: 9, reason: 'x' },
    log('warn', 'web respawning too fast, stopped'),
    log('warn', 'web main process ended, respawning: in 0.1 s'),
    log('error', 'no memory'),
    { type: 'missed', at, count: 3 },
    { type: 'history', at, from: at, forgotten: 3 },
    { type: 'process', at, event: { type: 'overflow', time: 0 } },
  ];
  for (const entry of told) t.ok(isJobLevel(entry), JSON.stringify(entry));
  const toldAlready: readonly FeedEntry[] = [
    event('started', ['JOB=web', 'INSTANCE=']),
    event('stopping', ['JOB=web', 'INSTANCE=']),
    log('info', 'web state changed from waiting to starting'),
    log('info', 'Handling startup event'),
    log('warn', 'web main process (9) terminated with status 3'),
    log('warn', 'web (a) main process (9) killed by SEGV signal'),
    { type: 'process', at, event: { type: 'fork', time: 0, parent: 1, child: 2 } },
  ];
  for (const entry of toldAlready) t.notOk(isJobLevel(entry), JSON.stringify(entry));
  t.end();
});

t.test('states of one moment are one change', (t) => {
  const later = { at: '2026-01-02T03:04:06.000Z' };
  const other = { job: 'db' };
  t.same(
    joinStates([
      state('waiting', 'starting'),
      state('starting', 'security'),
      state('security', 'spawned'),
      state('waiting', 'starting', other),
      state('spawned', 'running', later),
      state('stopping', 'killed', later),
      state('killed', 'post-stop', later),
      state('post-stop', 'starting', later),
    ]),
    [
      state('waiting', 'spawned'),
      state('waiting', 'starting', other),
      state('spawned', 'running', later),
      state('stopping', 'post-stop', later),
      state('post-stop', 'starting', later),
    ],
  );
  t.end();
});

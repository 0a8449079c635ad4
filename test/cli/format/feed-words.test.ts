import { test } from 'tap';
import { FeedWords } from '../../../src/cli/format/feed-words.js';
import type { FeedEntry } from '../../../src/supervisor/api/feed.js';

type Distribute<T> = T extends FeedEntry ? Omit<T, 'at'> : never;

const entries = (list: readonly Distribute<FeedEntry>[], millis = 0): readonly FeedEntry[] =>
  list.map((entry, index) => {
    const at = `2026-01-02T03:04:05.${String(millis + index).padStart(3, '0')}Z`;
    return { at, ...entry };
  });

/** Without the times, which are shown in the zone of the reader. */
const words = (list: readonly Distribute<FeedEntry>[], by = new FeedWords()): readonly string[] =>
  by.lines(entries(list)).map((line) => line.replace(/^\d\d:\d\d:05\.\d{3} {2}/, ''));

const web = { job: 'web', instance: '' };
const state = (from: string, to: string, goal: string): Distribute<FeedEntry> =>
  ({ ...web, type: 'state', from, to, goal }) as Distribute<FeedEntry>;

test('a start, a crash and a stop read as sentences, each said once', (t) => {
  t.same(
    words([
      state('waiting', 'spawned', 'start'),
      { ...web, type: 'verdict', verdict: 'main', pid: 5, reason: 'it was launched' },
      state('spawned', 'running', 'start'),
      { ...web, type: 'verdict', verdict: 'died', pid: 5, reason: 'signal 9' },
      state('running', 'post-stop', 'start'),
      state('post-stop', 'spawned', 'start'),
      state('spawned', 'running', 'start'),
      state('running', 'killed', 'stop'),
      { ...web, type: 'verdict', verdict: 'ended', pid: 6, reason: 'it was asked to end' },
      state('killed', 'post-stop', 'stop'),
      state('post-stop', 'waiting', 'stop'),
    ]),
    [
      'web       is being started',
      'web       main is process 5: it was launched',
      'web       runs',
      'web       main process 5 has died: signal 9',
      'web       is being restarted',
      'web       runs',
      'web       is being stopped',
      'web       main process 6 has ended: it was asked to end',
      'web       is stopped',
    ],
  );
  t.end();
});

test('a hand-off names the new main, and nothing repeats it', (t) => {
  const reason = 'the only one left';
  t.same(
    words([
      { ...web, type: 'verdict', verdict: 'hand-off', pid: 5, to: 7, reason },
      { ...web, type: 'verdict', verdict: 'main', pid: 7, reason },
      { ...web, type: 'verdict', verdict: 'detached', pid: 9, reason: 'a login' },
      { ...web, type: 'verdict', verdict: 'ambiguous', pid: 7, reason: 'two are left' },
    ]),
    [
      'web       main is process 7 now, which process 5 handed off to: the only one left',
      'web       process 9 is detached, a stop does not end it: a login',
      'web       it is not certain which process is main after 7: two are left',
    ],
  );
  t.end();
});

test('what is about no job is about foster, and the column grows with the names', (t) => {
  const by = new FeedWords();
  t.same(
    words(
      [
        { type: 'event', name: 'foo', env: ['A=1', 'B=x y'] },
        { type: 'log', level: 'warn', text: 'web main process ended, respawning' },
        { type: 'log', level: 'message', text: 'hello' },
        { type: 'missed', count: 17 },
        { job: 'a-longer-name', instance: '1', type: 'event', name: 'up', env: [] },
        { ...web, type: 'event', name: 'up', env: [] },
      ],
      by,
    ),
    [
      'foster    event foo A=1 "B=x y"',
      'foster    warning: web main process ended, respawning',
      'foster    hello',
      'foster    17 entries missing here: read too slowly',
      'a-longer-name (1)  event up',
      'web                event up',
    ],
  );
  t.match(by.lines(entries([{ type: 'history', from: '2026-01-02T03:04:05.678Z', forgotten: 3 }])), [
    /entries before 2026-01-0\d \d\d:\d\d:05 are no longer kept/,
  ]);
  t.end();
});

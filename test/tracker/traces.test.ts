/** The recorded traces that are part of the repository (test/traces/README.md). */
import { test } from 'tap';
import { ORDERS } from './support/orders.js';
import { loadRecordings, replayRecording, TRACES } from './support/zoo.js';

const recordings = loadRecordings(TRACES);

for (const recording of recordings) {
  test(`${recording.name}: main is the true one, in every order of observation`, (t) => {
    t.ok(recording.checks.length > 0);
    for (const order of ORDERS) {
      t.same(
        replayRecording(recording, order, true).misses,
        [],
        `${order}, by a supervisor that knows its own stops`,
      );
      t.same(replayRecording(recording, order, false).misses, [], `${order}, with signals from others`);
    }
    t.end();
  });
}

function saidOf(name: string): string[] {
  const recording = recordings.find((known) => known.name === name);
  if (recording === undefined) throw new Error(`there is no trace ${name} in ${TRACES}`);
  return replayRecording(recording, 'events', true).verdicts.map(({ verdict }) => verdict);
}

test('a daemon in the foreground is main from its launch to its end, without any hand-off', (t) => {
  t.same(saidOf('sshd-D.stop.jsonl'), ['main', 'ended']);
  t.end();
});

test('two daemons from one launcher are reported as ambiguous, once', (t) => {
  t.equal(saidOf('adv-two.adv.jsonl').filter((verdict) => verdict === 'ambiguous').length, 1);
  t.end();
});

test('a cron job in a session of its own is reported as detached, once', (t) => {
  t.equal(saidOf('cron.job.jsonl').filter((verdict) => verdict === 'detached').length, 1);
  t.end();
});

test('a start that fails after the launcher has exited with status 0 is a death', (t) => {
  t.equal(saidOf('chronyd.fail.jsonl').at(-1), 'died');
  t.end();
});

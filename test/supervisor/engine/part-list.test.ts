/** The list of the supervisor's parts: their order, who handles what, and that one that fails costs no other. */
import { test } from 'tap';
import type { CoreEffect, JobRef } from '../../../src/supervisor/core/contract.js';
import { PartList } from '../../../src/supervisor/engine/part-list.js';
import type { Effects, Part, WorkKind } from '../../../src/supervisor/engine/part.js';

const FOO: JobRef = { name: 'foo', instance: '' };

/** Does all the work, and notes it. */
function worker(done: string[]) {
  const act = ({ kind }: CoreEffect): number => done.push(`worker: ${kind}`);
  const effects = {
    spawn: { act },
    signal: { act },
    'expect-end': { act },
    continue: { act },
    'end-members': { act },
    'set-timer': { act },
    'clear-timer': { act },
    reply: { report: act },
    'reply-in-parts': { report: act },
    log: { report: act },
    'essential-ended': { report: act },
  } satisfies Effects<WorkKind>;
  return { effects };
}

/** A part that notes whatever it is told to do. */
function noting(name: string, done: string[]) {
  const note = (what: string): void => void done.push(`${name}: ${what}`);
  return {
    effects: {
      'job-changed': { act: () => note('changed'), report: () => note('reported') },
    } satisfies Effects<'job-changed'>,
    start: (isNew: boolean) => note(`start ${isNew ? 'new' : 'again'}`),
    jobGone: ({ name: job }: JobRef) => note(`${job} is gone`),
    saveForReexec: () => ({ by: name }),
    restoreAfterReexec: (kept: { readonly by: string }) => note(`restore ${kept.by}`),
    close: () => note('close'),
  };
}

function rig() {
  const done: string[] = [];
  const failures: string[] = [];
  const closeFailed = (name: string, error: unknown): void => void failures.push(`${name}: ${String(error)}`);
  const first = noting('first', done);
  const second = noting('second', done);
  const list = new PartList({ first, worker: worker(done), second }, { closeFailed });
  return { list, done, failures, first };
}

test('parts start in the order of the list, and close in the reverse order', (t) => {
  const { list, done } = rig();
  list.start(true);
  list.close();
  t.same(done, ['first: start new', 'second: start new', 'second: close', 'first: close']);
  t.end();
});

test('a part that throws when it is closed does not keep the others from being closed, and is named', (t) => {
  const { list, done, failures, first } = rig();
  const failing: Part = {
    close: () => {
      throw new Error('no');
    },
  };
  const closed: string[] = [];
  const parts = {
    first: noting('first', closed),
    failing,
    worker: worker(closed),
    last: noting('last', closed),
  };
  new PartList(parts, { closeFailed: (name, error) => failures.push(`${name}: ${String(error)}`) }).close();
  t.same(closed, ['last: close', 'first: close']);
  t.same(failures, ['failing: Error: no']);
  first.close = () => {
    throw new Error('the first one is the last to be closed');
  };
  list.close();
  t.same(done, ['second: close']);
  t.equal(failures.length, 2);
  t.end();
});

test('what each part keeps is given back to it after a re-exec, in the order of the list', (t) => {
  const kept = rig().list.saveForReexec();
  t.same(kept, { first: { by: 'first' }, second: { by: 'second' } });
  const { list, done } = rig();
  list.restoreAfterReexec(kept);
  t.same(done.splice(0), ['first: restore first', 'second: restore second']);
  list.restoreAfterReexec({ first: undefined, second: kept.second });
  t.same(done, ['second: restore second'], 'a former version had nothing of the first');
  t.end();
});

test('each effect has one part that carries it out', (t) => {
  const { list, done } = rig();
  const { handlers } = list;
  handlers.spawn.act?.({ kind: 'spawn' } as never);
  handlers.reply.report?.({ kind: 'reply' } as never);
  t.same(done, ['worker: spawn', 'worker: reply']);
  t.end();
});

test('news is for every part that asks for it, and the end of a job for each that has something of it', (t) => {
  const { list, done } = rig();
  const change = { from: 'waiting', to: 'starting', goal: 'start' } as const;
  const { handlers } = list;
  handlers['job-changed'].act?.({ kind: 'job-changed', job: FOO, ...change });
  handlers['job-changed'].report?.({ kind: 'job-changed', job: FOO, ...change });
  handlers['job-gone'].act?.({ kind: 'job-gone', job: FOO });
  handlers.event.act?.({ kind: 'event', name: 'startup', env: [] });
  t.same(done, [
    'first: changed',
    'second: changed',
    'first: reported',
    'second: reported',
    'first: foo is gone',
    'second: foo is gone',
  ]);
  t.end();
});

test('an effect that no part handles, or two, does not compile', (t) => {
  const options = { closeFailed: () => undefined };
  const { effects } = worker([]);
  const { spawn, ...others } = effects;
  // @ts-expect-error -- nobody spawns
  const none = new PartList({ worker: { effects: others } }, options);
  // @ts-expect-error -- two would spawn
  const two = new PartList({ worker: { effects }, other: { effects: { spawn } } }, options);
  const right = new PartList({ worker: { effects: others }, other: { effects: { spawn } } }, options);
  t.ok(none instanceof PartList && two instanceof PartList && right instanceof PartList);
  t.end();
});

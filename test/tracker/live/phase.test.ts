/** What the tracker is in the middle of: phases nest, and end in the order in which they began. */
import { test } from 'tap';
import { IDLE, Phases, step } from '../../../src/tracker/live/phase.js';

test('a phase that is over leads back to the one that it interrupted', (t) => {
  const phases = new Phases();
  const seen: string[] = [];
  const look = (): void => void seen.push(phases.current.kind);
  phases.during({ kind: 'drain' }, () => {
    look();
    phases.during({ kind: 'reap', isDrained: true }, () => {
      look();
      phases.during({ kind: 'decide' }, look);
      look();
    });
    look();
  });
  look();
  t.strictSame(seen, ['draining', 'reaping', 'deciding', 'reaping', 'draining', 'idle']);
  t.end();
});

test('whoever reads on while the source is being read does not end the first reading', (t) => {
  const phases = new Phases();
  phases.during({ kind: 'drain' }, () => {
    phases.during({ kind: 'drain' }, () => undefined);
    t.equal(phases.current.kind, 'draining');
  });
  t.end();
});

test('a phase ends by an exception, too', (t) => {
  const phases = new Phases();
  const fail = (): never => {
    throw new Error('by what it was done for');
  };
  t.throws(() => phases.during({ kind: 'drain' }, fail), { message: 'by what it was done for' });
  t.equal(phases.current, IDLE);
  t.end();
});

test('processes that no event told of are noted for the decision that needs them, and forgotten with it', (t) => {
  const phases = new Phases();
  const isMissing = (): boolean => phases.current.kind === 'deciding' && phases.current.isMissing;
  const found = phases.during({ kind: 'decide' }, () => {
    t.notOk(isMissing());
    phases.note({ kind: 'missing' });
    return isMissing();
  });
  t.ok(found);
  phases.during({ kind: 'decide' }, () => t.notOk(isMissing()));
  t.end();
});

test('a launcher that is found while jobs are taken back is noted, however deep it is found', (t) => {
  const phases = new Phases();
  phases.during({ kind: 'recover' }, () => {
    phases.note({ kind: 'relaunched', pid: 10 });
    phases.during({ kind: 'drain' }, () => {
      phases.during({ kind: 'decide' }, () => phases.note({ kind: 'relaunched', pid: 11 }));
    });
    t.strictSame(phases.current, { kind: 'recovering', relaunched: [10, 11] });
  });
  // afterwards there is nobody who would look for what it left
  phases.note({ kind: 'relaunched', pid: 12 });
  t.equal(phases.current, IDLE);
  t.end();
});

test('what cannot happen is an error that says so', (t) => {
  t.throws(() => step(IDLE, { kind: 'done' }), { message: 'the tracker is idle, so "done" cannot happen' });
  const deciding = step(IDLE, { kind: 'decide' });
  t.throws(() => step(deciding, { kind: 'decide' }), {
    message: 'the tracker is deciding, so "decide" cannot happen',
  });
  t.end();
});

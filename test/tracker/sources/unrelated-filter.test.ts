import { test } from 'tap';

import { systemError } from '../../../src/kernel/errno.js';
import { UnrelatedFilter } from '../../../src/tracker/sources/unrelated-filter.js';

const SELF = 100;

/** A kernel that has room for so many. */
class FakeFilter {
  readonly members = new Set<number>();
  strangersPass = true;

  constructor(private readonly capacity: number) {}

  follow(pid: number): boolean {
    if (this.members.size >= this.capacity) return false;
    this.members.add(pid);
    return true;
  }

  isFollowed(pid: number): boolean {
    return this.members.has(pid);
  }

  passStrangers(wanted: boolean): void {
    this.strangersPass = wanted;
  }

  /** What the kernel does at a fork by one that it follows. */
  fork(child: number): void {
    if (!this.follow(child)) this.strangersPass = true;
  }
}

function begun(capacity = 10) {
  const filter = new FakeFilter(capacity);
  const strangers = UnrelatedFilter.of({ filterByLineage: () => filter }, SELF, capacity);
  return { filter, strangers };
}

/** The same after a scan that found nobody. */
function quiet(capacity = 10) {
  const { filter, strangers } = begun(capacity);
  strangers.setOurs('scan', []);
  strangers.wasRead(new Set());
  return { filter, strangers };
}

test('strangers pass until a scan has told who is ours and what was queued has been read', (t) => {
  const { filter, strangers } = begun();
  t.same([...filter.members], [SELF]);
  t.equal(filter.strangersPass, true);
  strangers.setOurs('scan', [7]);
  t.equal(filter.strangersPass, true, 'a fork of 7 may be in the queue');
  t.ok(filter.isFollowed(7));
  strangers.wasRead(new Set([7]));
  t.equal(filter.strangersPass, false);
  t.end();
});

test('a child that forked before its parent was known is found generation by generation', (t) => {
  const { filter, strangers } = begun();
  strangers.setOurs('scan', [7]);
  strangers.forked(8);
  strangers.wasRead(new Set([7, 8]));
  t.equal(filter.strangersPass, true, '8 may have forked before it was known');
  strangers.forked(9);
  strangers.wasRead(new Set([7, 8, 9]));
  t.equal(filter.strangersPass, true);
  strangers.wasRead(new Set([7, 8, 9]));
  t.equal(filter.strangersPass, false);
  t.same([...filter.members], [SELF, 7, 8, 9]);
  t.end();
});

test('what the kernel has entered by itself is not entered again', (t) => {
  const { filter, strangers } = begun();
  strangers.setOurs('scan', [7]);
  filter.fork(8);
  strangers.forked(8);
  strangers.wasRead(new Set([7, 8]));
  t.equal(filter.strangersPass, false, 'nothing was new');
  t.end();
});

test('each reason holds by itself', (t) => {
  const { filter, strangers } = quiet();
  strangers.pass('listener');
  strangers.pass('scan');
  strangers.removeReason('listener');
  t.equal(filter.strangersPass, true);
  strangers.setOurs('scan', []);
  strangers.wasRead(new Set());
  t.equal(filter.strangersPass, false);
  t.end();
});

test('a full kernel is noticed by the first stranger, and strangers pass until half of the room is free', (t) => {
  const { filter, strangers } = quiet(4);
  for (const child of [1, 2, 3, 4]) filter.fork(child);
  strangers.unrelatedForked(5000);
  t.same([...strangers.reasons], ['full']);
  strangers.wasRead(new Set([1, 2, 3]));
  t.equal(filter.strangersPass, true);
  filter.members.delete(1);
  filter.members.delete(2);
  strangers.wasRead(new Set([3, 4]));
  t.ok(filter.isFollowed(4));
  strangers.wasRead(new Set([3, 4]));
  t.equal(filter.strangersPass, false);
  t.end();
});

test('a fork by the supervisor itself is no stranger', (t) => {
  const { filter, strangers } = quiet();
  filter.strangersPass = true;
  strangers.unrelatedForked(SELF);
  t.same([...strangers.reasons], []);
  t.end();
});

test('where bpf(2) is refused, strangers pass always', (t) => {
  const strangers = UnrelatedFilter.of(
    {
      filterByLineage: () => {
        throw systemError('bpf', 1, 'make a BPF map');
      },
    },
    SELF,
  );
  t.doesNotThrow(() => {
    strangers.setOurs('scan', [1]);
    strangers.forked(2);
    strangers.unrelatedForked(3);
    strangers.wasRead(new Set([1, 2]));
  });
  t.end();
});

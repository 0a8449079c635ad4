import t from 'tap';
import { RulesEngine, type Move } from '../../src/rules/engine.js';
import type { MoveOutcome } from '../../src/rules/groups.js';
import type { Place } from '../../src/rules/placement.js';
import { StickyProcesses } from '../../src/rules/sticky.js';
import { HYBRID, NAMES, rules, subject } from './support.js';

/** A machine with processes that have a user each, and are in groups of the hierarchy `cpu`. */
class Machine {
  readonly uids = new Map<number, number>();
  readonly groups = new Map<number, string>();
  readonly moves: Move[] = [];
  readonly problems: string[] = [];
  /** their users are being asked for */
  readonly heldBack = new Set<number>();
  now = 0;
  onMove: (place: Place, pid: number) => MoveOutcome = (place, pid) => {
    this.groups.set(pid, place.directory.replace('/cg/cpu', ''));
    return 'moved';
  };
  readonly sticky = new StickyProcesses((pid) => (this.uids.has(pid) ? pid : undefined));
  readonly engine = new RulesEngine({
    hierarchies: HYBRID,
    subjectOf: (pid) => {
      const uid = this.heldBack.has(pid) ? undefined : this.uids.get(pid);
      return uid === undefined ? undefined : subject(uid, '/bin/x', { pid });
    },
    isHeldBack: (pid) => this.heldBack.has(pid),
    mover: {
      groupsOf: (pid) => new Map([['cpu', this.groups.get(pid) ?? '/']]),
      move: (place, pid) => this.onMove(place, pid),
      make: () => undefined,
    },
    sticky: this.sticky,
    now: () => this.now,
    moved: (move) => this.moves.push(move),
    made: () => undefined,
    problem: (text) => this.problems.push(text),
  });

  constructor(text: string) {
    this.use(text);
  }

  use(text: string): void {
    this.engine.use({ rules: rules(text), templates: [], names: NAMES, groupsOf: () => undefined });
  }

  is(pid: number, uid: number): this {
    this.uids.set(pid, uid);
    return this;
  }

  tell(...events: Parameters<RulesEngine['take']>[0][]): void {
    for (const event of events) this.engine.take(event);
    this.engine.flush();
  }

  get moved(): readonly number[] {
    return this.moves.map((move) => move.subject.pid);
  }
}

t.test('a process is moved when it executes or changes its ids, and only if it is not there', (t) => {
  const machine = new Machine('ann cpu a\n').is(5, 1001).is(6, 0);
  machine.tell({ kind: 'exec', pid: 5 }, { kind: 'exec', pid: 6 }, { kind: 'exec', pid: 7 });
  t.same(machine.moved, [5]);
  t.equal(machine.groups.get(5), '/a');
  machine.tell({ kind: 'uid', pid: 5 });
  t.same(machine.moved, [5], 'it is there already');
  machine.is(5, 1002).use('ann cpu a\nbob cpu b\n');
  machine.tell({ kind: 'gid', pid: 5 });
  t.equal(machine.groups.get(5), '/b', 'moved again with its credentials');
  t.end();
});

t.test(
  'a child that was made before its parent was moved follows it; one made later need not be looked at',
  (t) => {
    const machine = new Machine('ann cpu a\n').is(5, 1001).is(6, 1001).is(7, 1001).is(8, 1001);
    machine.now = 100;
    machine.tell({ kind: 'exec', pid: 5 });
    machine.tell({ kind: 'fork', parent: 5, child: 6, time: 90 });
    t.same(machine.moved, [5, 6]);
    machine.tell(
      { kind: 'fork', parent: 6, child: 7, time: 95 },
      { kind: 'fork', parent: 5, child: 8, time: 110 },
    );
    t.same(machine.moved, [5, 6, 7], 'and its own child; 8 was born in the group');
    const before = machine.engine.counts.looked;
    machine.tell({ kind: 'fork', parent: 99, child: 98, time: 200 });
    t.equal(machine.engine.counts.looked, before);
    t.end();
  },
);

t.test('a child of a process that is held back is looked at, too', (t) => {
  const machine = new Machine('ann cpu a\n').is(5, 1001).is(6, 1001);
  machine.heldBack.add(5);
  machine.tell({ kind: 'exec', pid: 5 });
  machine.tell({ kind: 'fork', parent: 5, child: 6, time: 1 });
  t.same(machine.moved, [6], 'its creator is in its old group still');
  t.end();
});

t.test('a child in the same batch as the exec of its parent is looked at', (t) => {
  const machine = new Machine('ann cpu a\n').is(5, 1001).is(6, 1001);
  machine.tell({ kind: 'exec', pid: 5 }, { kind: 'fork', parent: 5, child: 6, time: 1 });
  t.same(machine.moved, [5, 6]);
  t.end();
});

t.test(
  'what was there before is gone through piece by piece, with every child that is made meanwhile',
  (t) => {
    const machine = new Machine('ann cpu a\n').is(5, 1001).is(6, 1001).is(7, 1001);
    const scan = machine.engine.scan([5, 6], 0);
    scan.next();
    t.same(machine.moved, [5]);
    machine.tell({ kind: 'fork', parent: 6, child: 7, time: 1 });
    t.same(machine.moved, [5, 7], 'its parent has not been looked at yet');
    while (scan.next().done !== true);
    t.same(machine.moved, [5, 7, 6]);
    t.end();
  },
);

t.test('sticky processes stay, with their children if that was asked for, until it is taken back', (t) => {
  const machine = new Machine('ann cpu a\n').is(5, 1001).is(6, 1001).is(7, 1001).is(8, 1001);
  machine.sticky.take(5, 1);
  machine.sticky.take(7, 0);
  machine.tell(
    { kind: 'fork', parent: 5, child: 6, time: 1 },
    { kind: 'fork', parent: 7, child: 8, time: 1 },
    ...[5, 6, 7, 8].map((pid) => ({ kind: 'exec', pid }) as const),
  );
  t.same(machine.moved, [8]);
  machine.sticky.take(5, 2);
  machine.tell({ kind: 'exec', pid: 5 });
  t.same(machine.moved, [8, 5]);
  t.end();
});

t.test('a sticky number that another process has got means nothing', (t) => {
  let start = 1;
  const sticky = new StickyProcesses(() => start);
  sticky.take(5, 0);
  t.ok(sticky.has(5));
  start = 2;
  t.notOk(sticky.has(5));
  t.end();
});

t.test('an ignore rule leaves alone what is in its group, and no other rule moves it', (t) => {
  const machine = new Machine('ann cpu kept ignore\nann cpu a\n');
  for (const pid of [5, 6, 7, 8]) machine.is(pid, 1001);
  machine.groups.set(5, '/kept');
  machine.groups.set(7, '/kept/pod/container');
  machine.groups.set(8, '/kept-not');
  machine.tell(...[5, 6, 7, 8].map((pid) => ({ kind: 'exec', pid }) as const));
  t.same(machine.moved, [6, 8], 'groups below it are kept, others of a like name are not');
  t.end();
});

t.test('a group that cannot be entered is told once; a process that ends meanwhile not at all', (t) => {
  const machine = new Machine('ann cpu a\n').is(5, 1001).is(6, 1001).is(7, 1001);
  machine.onMove = (_, pid) => (pid === 7 ? 'gone' : { failed: 'move a process to /cg/cpu/a: EACCES' });
  machine.tell(...[5, 6, 7].map((pid) => ({ kind: 'exec', pid }) as const));
  t.same(machine.moved, []);
  t.same(machine.problems, ['rules:1: move a process to /cg/cpu/a: EACCES']);
  t.equal(machine.engine.counts.failed, 2);
  t.end();
});

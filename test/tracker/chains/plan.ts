/** Plans of random launches: what a launcher, its intermediates, the daemon and their helpers do, and how fast. */
import fc from 'fast-check';
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { MILLISECOND, SECOND } from '../support/scene.js';

const MICROSECOND: Nanoseconds = 1e3;

/** A process forked on the side: a shell's commands, a logger, a check of the configuration. */
export interface HelperPlan {
  /** it ends before its creator does, some time after it was forked, or never */
  readonly lives: 'short' | 'brief' | 'long';
  readonly span: Nanoseconds;
  readonly execs: boolean;
  readonly setsid: boolean;
  /** raw wait status, of one that ends */
  readonly status: number;
}

/** What a process does by itself, one thing after the other. */
export type Deed = { readonly after: Nanoseconds } & (
  | { readonly kind: 'exec' | 'setsid' }
  | { readonly kind: 'thread'; readonly stays: boolean }
  | { readonly kind: 'helper'; readonly helper: HelperPlan }
);

/** A process on the way to the daemon: it does something, forks the next, does something more, and ends. */
export interface StepPlan {
  readonly before: readonly Deed[];
  readonly fork: Nanoseconds;
  readonly after: readonly Deed[];
  readonly linger: Nanoseconds;
  /** raw wait status; other than 0 it is a failed start */
  readonly status: number;
  /** with threads left, the first one goes before the others */
  readonly leaderFirst: boolean;
}

export interface DaemonPlan {
  readonly deeds: readonly Deed[];
  readonly workers: number;
  readonly leaderFirst: boolean;
}

/** What happens to a daemon in the course of its life, some time after it began, or after what happened last. */
export type Episode = { readonly idle: Nanoseconds } & (
  | { readonly kind: 'reload' }
  /** a child with a session of its own; `span` undefined: it stays */
  | { readonly kind: 'login'; readonly span: Nanoseconds | undefined }
  /** haproxy, uwsgi: it execs itself and goes on */
  | { readonly kind: 'reexec' }
  /** sshd, php-fpm: it execs itself and daemonises again */
  | { readonly kind: 'redaemonise'; readonly step: StepPlan; readonly daemon: DaemonPlan }
  /** nginx, gunicorn: a child execs the same program, and one of the two remains */
  | { readonly kind: 'upgrade'; readonly works: boolean; readonly both: Nanoseconds }
  /** nghttpx: a child execs the same program, which daemonises again: in a session of its own, perhaps after a fork */
  | {
      readonly kind: 'detached-upgrade';
      readonly forks: boolean;
      readonly works: boolean;
      readonly both: Nanoseconds;
    }
);

export type Fate =
  | { readonly kind: 'runs' }
  | { readonly kind: 'crashes'; readonly status: number }
  /** foster asks it to stop */
  | { readonly kind: 'stopped'; readonly status: number }
  /** somebody else's signal, or its own decision: it exits with status 0 */
  | { readonly kind: 'leaves' };

export interface Plan {
  readonly steps: readonly StepPlan[];
  readonly daemon: DaemonPlan;
  readonly episodes: readonly Episode[];
  readonly idle: Nanoseconds;
  readonly fate: Fate;
  /** workers that outlive their creator do so for this long */
  readonly survive: Nanoseconds;
  /** whether creators wait for their children, or leave the zombies to the supervisor */
  readonly creatorsWait: boolean;
  readonly strangers: number;
  /** for delays between an event and its observation, and for where a trace is cut */
  readonly seed: number;
}

const pause = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom(5, 20, 100, 500).map((us) => us * MICROSECOND) },
  { weight: 10, arbitrary: fc.constantFrom(2, 10, 40).map((ms) => ms * MILLISECOND) },
  { weight: 1, arbitrary: fc.constantFrom(500, 1000, 2000).map((ms) => ms * MILLISECOND) },
);

/** Between setsid and the second fork: some daemons read their configuration then, or wait for a database. */
const slowStep = fc.oneof(
  { weight: 24, arbitrary: pause },
  { weight: 1, arbitrary: fc.constantFrom(4, 8, 30).map((seconds) => seconds * SECOND) },
);

const idle = fc.constantFrom(0, 0.01, 0.5, 3.5, 20, 100, 1000).map((seconds) => seconds * SECOND);

const failure = fc.constantFrom(1 << 8, 7 << 8, 9, 11, 15);

const helper: fc.Arbitrary<HelperPlan> = fc.record({
  lives: fc.constantFrom('short', 'brief', 'long'),
  span: pause,
  execs: fc.boolean(),
  setsid: rarely(8),
  status: fc.oneof({ weight: 11, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: failure }),
});

/** True once in `times`. */
function rarely(times: number): fc.Arbitrary<boolean> {
  return fc.integer({ min: 1, max: times }).map((number) => number === times);
}

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('setsid' as const), after: pause }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('exec' as const), after: pause }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('thread' as const), after: pause, stays: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('helper' as const), after: pause, helper }) },
);

/** Between forking the next process and ending, a program starts helpers and threads, and does nothing else to itself. */
const lateDeed = deed.filter(({ kind }) => kind === 'helper' || kind === 'thread');

const step: fc.Arbitrary<StepPlan> = fc.record({
  before: fc.array(deed, { maxLength: 3 }),
  fork: slowStep,
  after: fc.array(lateDeed, { maxLength: 1 }),
  linger: pause,
  status: fc.oneof({ weight: 24, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: failure }),
  leaderFirst: fc.boolean(),
});

const daemon: fc.Arbitrary<DaemonPlan> = fc.record({
  deeds: fc.array(deed, { maxLength: 3 }),
  workers: fc.integer({ min: 0, max: 3 }),
  leaderFirst: fc.boolean(),
});

const episode: fc.Arbitrary<Episode> = fc.oneof(
  fc.record({ kind: fc.constant('reload' as const), idle }),
  fc.record({ kind: fc.constant('login' as const), idle, span: fc.option(pause, { nil: undefined }) }),
  fc.record({ kind: fc.constant('reexec' as const), idle }),
  fc.record({ kind: fc.constant('redaemonise' as const), idle, step, daemon }),
  fc.record({
    kind: fc.constant('upgrade' as const),
    idle,
    works: fc.boolean(),
    both: fc.oneof(pause, idle),
  }),
  fc.record({
    kind: fc.constant('detached-upgrade' as const),
    idle,
    forks: fc.boolean(),
    works: fc.boolean(),
    both: fc.oneof(pause, idle),
  }),
);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 7, arbitrary: fc.constant({ kind: 'runs' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crashes' as const), status: failure }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('stopped' as const), status: fc.constantFrom(0, 1 << 8, 15) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'leaves' as const }) },
);

export const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(step, { maxLength: 5 }),
  daemon,
  episodes: fc.array(episode, { maxLength: 3 }),
  idle,
  fate,
  survive: fc.constantFrom(0, 2 * MILLISECOND, 5 * SECOND, 500 * SECOND),
  creatorsWait: fc.boolean(),
  strangers: fc.integer({ min: 0, max: 3 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
});

/**
 * Every saved type follows from its record: a field that is neither saved nor declared transient, with its reason, does not
 * compile. This file proves that by compiling, so its tests only run what it declares.
 */
import t from 'tap';
import { boolean, count } from '../../src/codec/codec.js';
import type { AnyCodec } from '../../src/codec/declaration.js';
import { transient, variable } from '../../src/codec/field.js';
import { record, type Recorded } from '../../src/codec/record.js';
import type {
  classRecord,
  ClassEntry,
  Job,
  jobRecord,
  Run,
  runRecord,
} from '../../src/supervisor/core/model.js';
import type { coreSnapshot, CoreSnapshot } from '../../src/supervisor/core/snapshot/state-codec.js';
import type { savedSocket, SavedSocket } from '../../src/supervisor/bridges/socket-bridge.js';
import type { savedOutput, SavedOutput } from '../../src/supervisor/output/saved-output.js';
import type { savedReadiness, SavedReadiness } from '../../src/supervisor/readiness/saved-readiness.js';
import type { savedTimes, SavedTimes } from '../../src/supervisor/schedule/timetable.js';
import type { bootIdentity, BootIdentity } from '../../src/supervisor/state/boot-identity.js';
import type { savedFile, SavedFile } from '../../src/supervisor/state/saved-job.js';
import type { savedStatus, SavedStatus } from '../../src/supervisor/status/saved-status.js';
import {
  followerRecord,
  type Follower,
  type Process,
  type processRecord,
  type Session,
  type sessionRecord,
} from '../../src/tracker/model.js';

/** Fields of the type that its record does not declare. */
type Undeclared<Type, Of extends AnyCodec> = Exclude<keyof Type, keyof Recorded<Of>>;

/** Compiles only if all of these are empty. */
type None<Fields extends readonly never[]> = Fields;

export type NothingIsUndeclared = None<
  [
    Undeclared<Process, typeof processRecord>,
    Undeclared<Session, typeof sessionRecord>,
    Undeclared<Follower, typeof followerRecord>,
    Undeclared<Job, typeof jobRecord>,
    Undeclared<Run, typeof runRecord>,
    Undeclared<ClassEntry, typeof classRecord>,
    Undeclared<CoreSnapshot, typeof coreSnapshot>,
    Undeclared<SavedFile, typeof savedFile>,
    Undeclared<SavedStatus, typeof savedStatus>,
    Undeclared<SavedReadiness, typeof savedReadiness>,
    Undeclared<SavedOutput, typeof savedOutput>,
    Undeclared<SavedSocket, typeof savedSocket>,
    Undeclared<SavedTimes, typeof savedTimes>,
    Undeclared<BootIdentity, typeof bootIdentity>,
  ]
>;

const declared = record({ saved: variable(count, { initial: 0 }) });
interface Extended extends Recorded<typeof declared> {
  forgotten: boolean;
}
// @ts-expect-error -- a field that is written into the type by hand is neither saved nor transient
export type ForgottenField = None<[Undeclared<Extended, typeof declared>]>;

t.test('the type of an object is what its record declares', (t) => {
  t.same(declared.create({}), { saved: 0 });
  t.end();
});

t.test(
  'a new field of a saved type is one line of its record, and is there in new and in restored objects',
  (t) => {
    const extended = record({
      saved: variable(count, { initial: 0 }),
      added: variable(boolean, { initial: true, isNew: true }),
      derived: transient('follows from saved', ({ saved }: { readonly saved: number }) => saved * 2),
    });
    t.same(extended.create({ saved: 1 }), { saved: 1, added: true, derived: 2 });
    t.same(
      extended.read({ saved: 1 }, undefined),
      { saved: 1, added: true, derived: 2 },
      'of an old version',
    );
    t.end();
  },
);

t.test('a run of a new launcher is what its record says', (t) => {
  const launcher = {} as Process;
  const session = {} as Session;
  const follower = followerRecord.create({ launcher, main: launcher, origin: session });
  t.match(follower, { handOffRule: 'any', endRequested: false, over: false, awaited: {} });
  t.not(follower.awaited, followerRecord.create({ launcher, main: launcher, origin: session }).awaited);
  t.end();
});

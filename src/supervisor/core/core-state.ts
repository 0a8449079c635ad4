/** Everything that the core remembers, and what its parts hand to one another. */
import type { ClassRegistry } from './classes.js';
import type { CommandId, CoreEffect, EventId, Milliseconds } from './contract.js';
import type { EmittedEvent } from './events/event.js';
import type { Job } from './job/job.js';
import type { UnclearJob } from './job/unclear.js';
import type { TimerTable } from './timers.js';

export interface CoreOptions {
  /** `KEY=VALUE`: what every job gets (Upstart: PATH and TERM) */
  readonly jobEnvironment: readonly string[];
  /** `KEY=VALUE`: the supervisor's own, for `env KEY` and `env inherit` */
  readonly ownEnvironment: readonly string[];
  /** UPSTART_SESSION of jobs of an ordinary user's supervisor */
  readonly session?: string;
}

export interface CoreState {
  readonly options: CoreOptions;
  readonly classes: ClassRegistry;
  /** by `Job.key` */
  readonly jobs: Map<string, Job>;
  readonly events: EventQueue;
  readonly timers: TimerTable;
  /** by `Job.key`; the job may be there or not */
  readonly unclear: Map<string, UnclearJob>;
  /** commands to be answered once the spawn that their job has asked for is answered, so that the answer knows the pid */
  acknowledgements: { readonly id: CommandId; readonly job: Job }[];
  /** what the present step has brought about so far */
  effects: CoreEffect[];
  now: Milliseconds;
}

export interface EventQueue {
  /** all that are not finished */
  readonly living: Map<EventId, EmittedEvent>;
  /** emitted, and not offered to the jobs yet */
  pending: EmittedEvent[];
  /** no longer held: to be finished */
  released: EmittedEvent[];
  nextId: EventId;
  /** how many have been handled since the runtime last came back from outside */
  handledAtOnce: number;
  /** the timer is set after which handling goes on */
  pausing: boolean;
}

export type LogLevel = Extract<CoreEffect, { kind: 'log' }>['level'];

export function log(core: CoreState, level: LogLevel, text: string): void {
  core.effects.push({ kind: 'log', level, text });
}

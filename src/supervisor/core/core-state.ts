/** The core's memory, shared by its parts. */
import type { ClassRegistry } from './class-registry.js';
import type { CoreOptions, EventQueue, Job, UnclearJob } from './model.js';
import type { CommandId, CoreEffect, Milliseconds } from './contract.js';
import type { Histogram } from '../histogram.js';
import type { Holders } from './status/holders.js';
import type { TimerTable } from './timers.js';

export interface CoreState {
  readonly options: CoreOptions;
  readonly classes: ClassRegistry;
  /** by `Job.key` */
  readonly jobs: Map<string, Job>;
  readonly events: EventQueue;
  readonly timers: TimerTable;
  /** by `Job.key`; the job may be there or not */
  readonly unclear: Map<string, UnclearJob>;
  /** seconds from the end of a main to its next start */
  readonly restartTimes: Histogram;
  /** the holders of events, for questions between two inputs */
  readonly holders: Holders;
  /** commands that are answered when their job's spawn has returned, so that the reply has the pid */
  acknowledgements: { readonly id: CommandId; readonly job: Job }[];
  /** the effects of the present step so far */
  effects: CoreEffect[];
  /** what a `start on` or `stop on` holds has changed in the present step */
  latchesChanged: boolean;
  now: Milliseconds;
}

type LogLevel = Extract<CoreEffect, { kind: 'log' }>['level'];

export function log(core: CoreState, level: LogLevel, text: string): void {
  core.effects.push({ kind: 'log', level, text });
}

/** Everything that the core remembers, and what its parts hand to one another. */
import type { ClassRegistry } from './class-registry.js';
import type { CoreOptions, EventQueue, Job, UnclearJob } from './model.js';
import type { CommandId, CoreEffect, Milliseconds } from './contract.js';
import type { Histogram } from '../histogram.js';
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
  /** from the end of a main to its next start, seconds */
  readonly restartTimes: Histogram;
  /** commands to be answered once the spawn that their job has asked for is answered, so that the answer knows the pid */
  acknowledgements: { readonly id: CommandId; readonly job: Job }[];
  /** what the present step has brought about so far */
  effects: CoreEffect[];
  /** what a `start on` or `stop on` holds has changed in the present step */
  latchesChanged: boolean;
  now: Milliseconds;
}

export type LogLevel = Extract<CoreEffect, { kind: 'log' }>['level'];

export function log(core: CoreState, level: LogLevel, text: string): void {
  core.effects.push({ kind: 'log', level, text });
}

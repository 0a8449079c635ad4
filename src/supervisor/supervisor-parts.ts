/** What the supervisor is made of: `assemble.ts` puts it together. */
import type { JobClass } from '../jobfile/job-class.js';
import type { Kernel } from '../kernel/kernel.js';
import type { EventSource, SelfTest, SourceName } from '../tracker/source.js';
import type { Runlevels } from './bridges/runlevel.js';
import type { CoreEffect, JobRef } from './core/contract.js';
import type { InitOptions } from './init-options.js';
import type { LaunchDefaults } from './launch/needs.js';
import type { Launcher } from './launch/launcher.js';
import type { Log } from './log.js';
import type { JobOutputs } from './output/job-outputs.js';
import type { ReportLane } from './report-lane.js';
import type { RuntimeDirectories } from './runtime-dirs/runtime-directories.js';
import type { Launches } from './state/launches.js';
import type { UnclearProcesses } from './unclear-processes.js';

export interface SupervisorParts {
  readonly kernel: Kernel;
  readonly options: InitOptions;
  readonly version: string;
  /** of the engine: what is only to be reported waits in it for what has to be done */
  readonly lane: ReportLane;
  readonly log: Log;
  readonly source: EventSource;
  readonly tests: readonly { readonly name: SourceName; readonly test: SelfTest }[];
  readonly launcher: Launcher;
  readonly outputs: JobOutputs;
  readonly launches: Launches;
  readonly runtimeDirectories: RuntimeDirectories;
  /** what starts the commands of `health exec` */
  readonly launchDefaults: LaunchDefaults;
  /** processes of which a crash has left it unclear whose they are */
  readonly unclear: UnclearProcesses;
  /** classes that no file defines */
  readonly builtIn: readonly JobClass[];
  /** `KEY=VALUE`s that every job gets, and the supervisor's own environment for `env KEY` */
  readonly jobEnvironment: readonly string[];
  readonly ownEnvironment: readonly string[];
  /** a live job has changed, or is no more: what the run directory says of it has to follow */
  readonly onJobChanged: (job: JobRef) => void;
  readonly onJobGone: (job: JobRef) => void;
  /** another process is main of the job */
  readonly onMainChanged: (job: JobRef) => void;
  /** a client is about to be told what has become of a job */
  readonly beforeReply: (job: JobRef | undefined) => void;
  readonly onEssentialEnded: (effect: Extract<CoreEffect, { kind: 'essential-ended' }>) => void;
  readonly onShutdown: () => void;
  readonly onRunlevel: (levels: Runlevels) => void;
  /** everything that the event `runlevel` with these variables caused is done */
  readonly onRunlevelReached: (env: readonly string[]) => void;
  readonly onReload: () => void;
  readonly onReexec: () => void;
}

import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { InitOptions } from '../init-options.js';
import type { NamespaceInit } from '../lifecycle/namespace-init.js';
import type { SignalHandlers } from '../lifecycle/signal-handlers.js';
import type { Log } from '../log/log.js';
import type { ReportLane } from '../engine/report-lane.js';
import type { RunDirectory } from '../state/run-directory.js';

/** What is there before the supervisor: `init.ts` gives it. */
export interface AssemblyInputs {
  readonly options: InitOptions;
  readonly kernel: Kernel;
  readonly lane: ReportLane;
  readonly log: Log;
  readonly signals: SignalHandlers;
  /** undefined where it cannot be used */
  readonly directory: RunDirectory | undefined;
  /** COMMAND, where there is one */
  readonly command: JobClass | undefined;
  /** the terminal that COMMAND gets, a descriptor */
  readonly terminal: number | undefined;
  readonly namespaceInit: NamespaceInit | undefined;
  /** this program replaces another one in the same process (a re-exec) */
  readonly isReplacement: boolean;
  /** foster is to replace itself by its program */
  readonly onReexec: () => void;
}

import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { InitOptions } from '../init-options.js';
import type { NamespaceInit } from '../lifecycle/namespace-init.js';
import type { SignalHandlers } from '../lifecycle/signal-handlers.js';
import type { Log } from '../log/log.js';
import type { ReportLane } from '../engine/report-lane.js';
import type { RunDirectory } from '../state/run-directory.js';

/** What `init.ts` makes before it assembles the supervisor. */
export interface AssemblyInputs {
  readonly options: InitOptions;
  readonly kernel: Kernel;
  readonly lane: ReportLane;
  readonly log: Log;
  readonly signals: SignalHandlers;
  /** undefined if it cannot be used */
  readonly directory: RunDirectory | undefined;
  /** the job of COMMAND, if there is one */
  readonly command: JobClass | undefined;
  /** descriptor of the terminal for COMMAND */
  readonly terminal: number | undefined;
  readonly namespaceInit: NamespaceInit | undefined;
  /** this program was started by a re-exec */
  readonly isReplacement: boolean;
  /** requests a re-exec */
  readonly onReexec: () => void;
}

/** A readiness check of a job file (`ready fd|port|path|log`), for one start of main. */
import type { LaunchAdditions } from '../launch/launch-request.js';

export interface ReadinessCheck {
  /** what main gets at its start */
  readonly additions?: LaunchAdditions;
  /** a descriptor that may be kept over a re-exec, so that the next program can continue the check */
  readonly descriptor?: number | undefined;
  /** Starts the check, after main has been started or recovered. */
  start(main: number): void;
  /** Called after an event of a process of the job: a good moment to check. */
  processChanged?(): void;
  /** Ends the check and releases everything. */
  dispose(): void;
}

/** Called when the job is ready. */
export type OnReady = () => void;

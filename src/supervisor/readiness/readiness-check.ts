/** A sign of readiness that a job file names (`ready fd|port|path|log`), looked for during one start of main. */
import type { LaunchAdditions } from '../launch/launch-request.js';

export interface ReadinessCheck {
  /** what main is given at its start */
  readonly additions?: LaunchAdditions;
  /** a descriptor that may be kept over a re-exec, for the sign to be looked for by the next program */
  readonly descriptor?: number | undefined;
  /** Main has been started, or taken back: looks for the sign from now on. */
  start(main: number): void;
  /** Something has happened to a process of the job: a good moment to look. */
  processChanged?(): void;
  /** Looks no more, and gives everything back. */
  dispose(): void;
}

/** Takes the sign when it comes. */
export type OnReady = () => void;

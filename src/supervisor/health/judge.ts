/** From the outcomes of checks to a job's health. Pure. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Milliseconds } from '../core/contract.js';

export const HEALTH_STATES = ['starting', 'healthy', 'unhealthy'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export interface Outcome {
  readonly ok: boolean;
  /** what was found: `GET http://127.0.0.1/ answered 503` */
  readonly text: string;
}

export interface Health {
  readonly state: HealthState;
  /** checks in a row that have failed, those of the start period not among them */
  readonly failures: number;
  /** when the job began to run */
  readonly began: Milliseconds;
  /** the last check, and when it ended */
  readonly last: (Outcome & { readonly at: Milliseconds }) | undefined;
}

export function newHealth(now: Milliseconds): Health {
  return { state: 'starting', failures: 0, began: now, last: undefined };
}

/** Takes in one outcome. */
export function judge(health: Health, outcome: Outcome, jobClass: JobClass, now: Milliseconds): Health {
  const last = { ...outcome, at: now };
  if (outcome.ok) return { ...health, state: 'healthy', failures: 0, last };
  const startPeriod = jobClass.healthStartPeriod * 1000;
  // whoever has been healthy once has started
  if (health.state === 'starting' && now - health.began < startPeriod) return { ...health, last };
  const failures = health.failures + 1;
  const isOver = failures >= jobClass.healthRetries;
  return { ...health, state: isOver ? 'unhealthy' : health.state, failures, last };
}

/** Whether an unhealthy job is ended. */
export function isRestarted({ healthAction, respawn }: JobClass): boolean {
  return (healthAction ?? (respawn === true ? 'restart' : 'mark')) === 'restart';
}

/** A job is asked soon after its start, so that somebody who waits need not wait for a whole interval. */
const FIRST_AFTER: Milliseconds = 1000;

/** When the next check begins, after now. */
export function pauseBefore(health: Health, jobClass: JobClass): Milliseconds {
  const interval = jobClass.healthInterval * 1000;
  return health.last === undefined ? Math.min(interval, FIRST_AFTER) : interval;
}

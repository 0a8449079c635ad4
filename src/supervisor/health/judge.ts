/** Derives a job's health from the outcomes of its checks. Pure. */
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Milliseconds } from '../core/contract.js';

export const HEALTH_STATES = ['starting', 'healthy', 'unhealthy'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export interface Outcome {
  readonly ok: boolean;
  /** what the check found: `GET http://127.0.0.1/ answered 503` */
  readonly text: string;
}

export interface Health {
  readonly state: HealthState;
  /** failed checks in a row, without those in the start period */
  readonly failures: number;
  /** when the job became `running` */
  readonly startedAt: Milliseconds;
  /** the last check, and when it ended */
  readonly last: (Outcome & { readonly at: Milliseconds }) | undefined;
}

export function newHealth(now: Milliseconds): Health {
  return { state: 'starting', failures: 0, startedAt: now, last: undefined };
}

/** Returns the health after one more check. */
export function judge(health: Health, outcome: Outcome, jobClass: JobClass, now: Milliseconds): Health {
  const last = { ...outcome, at: now };
  if (outcome.ok) return { ...health, state: 'healthy', failures: 0, last };
  const startPeriod = jobClass.healthStartPeriod * 1000;
  // the start period ends with the first success
  if (health.state === 'starting' && now - health.startedAt < startPeriod) return { ...health, last };
  const failures = health.failures + 1;
  const isOver = failures >= jobClass.healthRetries;
  return { ...health, state: isOver ? 'unhealthy' : health.state, failures, last };
}

/** Returns whether an unhealthy job is restarted. */
export function isRestarted({ healthAction, respawn }: JobClass): boolean {
  return (healthAction ?? (respawn === true ? 'restart' : 'mark')) === 'restart';
}

/** The first check comes soon after the start: nobody should have to wait a whole interval for `healthy`. */
const FIRST_CHECK: Milliseconds = 1000;

/** Returns after how long the next check starts. */
export function delayBefore(health: Health, jobClass: JobClass): Milliseconds {
  const interval = jobClass.healthInterval * 1000;
  return health.last === undefined ? Math.min(interval, FIRST_CHECK) : interval;
}

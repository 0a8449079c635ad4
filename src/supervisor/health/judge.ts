/** Derives a job's health from the outcomes of its checks. Pure. */
import { boolean, count, literal, milliseconds, nullable, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { field } from '../../codec/field.js';
import { record, type Recorded } from '../../codec/record.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { Milliseconds } from '../core/contract.js';
import { jobRef } from '../core/model.js';

const HEALTH_STATES = ['starting', 'healthy', 'unhealthy'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

const outcomeFields = {
  ok: boolean,
  /** what the check found: `GET http://127.0.0.1/ answered 503` */
  text: string,
};
export type Outcome = Omit<NonNullable<Health['last']>, 'at'>;

/** Times stay valid over a re-exec: they are CLOCK_MONOTONIC. */
const healthRecord = record({
  state: literal(...HEALTH_STATES),
  /** failed checks in a row, without those in the start period */
  failures: count,
  /** when the job became `running` */
  startedAt: field(milliseconds, { name: 'began' }),
  /** the last check, and when it ended */
  last: nullable(record({ ...outcomeFields, at: milliseconds })),
});
export interface Health extends Recorded<typeof healthRecord> {}

const savedHealthRecord = record({ job: jobRef, health: healthRecord });
/** How a re-exec hands over the health of a job. */
export interface SavedHealth extends Recorded<typeof savedHealthRecord> {}

export const savedHealth = list<SavedHealth, unknown>(savedHealthRecord);

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

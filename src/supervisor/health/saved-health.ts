/** How the health of jobs is handed over at a re-exec. The core's clock runs on: it is CLOCK_MONOTONIC. */
import { boolean, count, literal, milliseconds, nullable, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { recordOf } from '../../codec/record.js';
import { jobRef } from '../core/snapshot/job-codec.js';
import type { SavedHealth } from './health-checks.js';
import { HEALTH_STATES, type Health } from './judge.js';

export const savedHealth = list(
  recordOf<SavedHealth>({
    job: jobRef,
    health: recordOf<Health>({
      state: literal(...HEALTH_STATES),
      failures: count,
      began: milliseconds,
      last: nullable(recordOf<NonNullable<Health['last']>>({ ok: boolean, text: string, at: milliseconds })),
    }),
  }),
);

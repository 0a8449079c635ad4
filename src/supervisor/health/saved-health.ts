/** How a re-exec hands over the health of jobs. Times stay valid: they are CLOCK_MONOTONIC. */
import { boolean, count, literal, milliseconds, nullable, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { field } from '../../codec/field.js';
import { recordOf } from '../../codec/record.js';
import type { JobRef } from '../core/contract.js';
import { jobRef } from '../core/model.js';
import { HEALTH_STATES, type Health } from './judge.js';

export interface SavedHealth {
  readonly job: JobRef;
  readonly health: Health;
}

export const savedHealth = list(
  recordOf<SavedHealth>({
    job: jobRef,
    health: recordOf<Health>({
      state: literal(...HEALTH_STATES),
      failures: count,
      startedAt: field(milliseconds, { name: 'began' }),
      last: nullable(recordOf<NonNullable<Health['last']>>({ ok: boolean, text: string, at: milliseconds })),
    }),
  }),
);

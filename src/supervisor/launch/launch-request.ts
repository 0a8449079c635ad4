import type { CoreEffect } from '../core/contract.js';

/** The core's wish to start a process of a job. */
export type LaunchRequest = Omit<Extract<CoreEffect, { kind: 'spawn' }>, 'kind'>;

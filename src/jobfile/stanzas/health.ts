import type { HealthProbe } from '../job-class/values.js';
import { healthAction, httpAddress, integer, seconds, tcpAddress } from './argument.js';
import { takes, takesField, type Stanza } from './stanza.js';

const TEXT = { type: 'string', minLength: 1 };
const PORT = { type: 'integer', minimum: 1, maximum: 65535 };

const PROBE = {
  oneOf: [
    { by: { const: 'exec' }, command: { type: 'object' } },
    { by: { const: 'http' }, host: TEXT, port: PORT, path: TEXT },
    { by: { const: 'tcp' }, host: TEXT, port: PORT },
  ].map((properties) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  })),
};

function probeOf<By extends HealthProbe['by']>(
  probe: HealthProbe | undefined,
  by: By,
): Extract<HealthProbe, { by: By }> | undefined {
  return probe?.by === by ? (probe as Extract<HealthProbe, { by: By }>) : undefined;
}

/** Formats host and port; an IPv6 address needs brackets: `[::1]`. */
function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Periodic checks whether a running job does its work. */
export const HEALTH: readonly Stanza[] = [
  {
    name: 'health exec',
    topic: 'Health',
    origin: 'foster',
    body: {
      kind: 'line',
      apply: (draft, command) => {
        draft.health = { by: 'exec', command };
      },
      write: (job) => probeOf(job.health, 'exec')?.command,
    },
    meaning:
      'Runs this command repeatedly while the job is running, with its user, directory and environment. Status 0 means healthy.',
    fields: { health: PROBE },
  },
  {
    name: 'health http',
    topic: 'Health',
    origin: 'foster',
    body: takes(
      [httpAddress],
      (draft, address) => {
        draft.health = { by: 'http', ...address };
      },
      (job) => {
        const probe = probeOf(job.health, 'http');
        return probe === undefined ? [] : [[`http://${hostAndPort(probe)}${probe.path}`]];
      },
    ),
    meaning:
      'Requests this URL repeatedly while the job is running. A status from 200 to 399 means healthy. The host must be an IP address or localhost.',
    fields: { health: PROBE },
  },
  {
    name: 'health tcp',
    topic: 'Health',
    origin: 'foster',
    body: takes(
      [tcpAddress],
      (draft, address) => {
        draft.health = { by: 'tcp', ...address };
      },
      (job) => {
        const probe = probeOf(job.health, 'tcp');
        return probe === undefined ? [] : [[hostAndPort(probe)]];
      },
    ),
    meaning:
      'Connects to this port repeatedly while the job is running. A connection means healthy. The host must be an IP address or localhost (default).',
    fields: { health: PROBE },
  },
  {
    name: 'health interval',
    topic: 'Health',
    origin: 'foster',
    body: takesField('healthInterval', seconds('SECONDS', 0.001)),
    meaning: 'Sets the pause between two checks. The first check comes within a second.',
    fields: { healthInterval: { type: 'number', exclusiveMinimum: 0 } },
  },
  {
    name: 'health timeout',
    topic: 'Health',
    origin: 'foster',
    body: takesField('healthTimeout', seconds('SECONDS', 0.001)),
    meaning:
      'Limits the duration of one check. A check that takes longer fails, and foster kills its command.',
    fields: { healthTimeout: { type: 'number', exclusiveMinimum: 0 } },
  },
  {
    name: 'health retries',
    topic: 'Health',
    origin: 'foster',
    body: takesField(
      'healthRetries',
      integer('COUNT', 'Illegal number of retries, expected integer', 1, 1000),
    ),
    meaning: 'Sets how many checks in a row must fail before the job is unhealthy.',
    fields: { healthRetries: { type: 'integer', minimum: 1 } },
  },
  {
    name: 'health start period',
    topic: 'Health',
    origin: 'foster',
    body: takesField('healthStartPeriod', seconds('SECONDS', 0)),
    meaning: 'Ignores failed checks for this time after the start, unless a check has already succeeded.',
    fields: { healthStartPeriod: { type: 'number', minimum: 0 } },
  },
  {
    name: 'health action',
    topic: 'Health',
    origin: 'foster',
    body: takesField('healthAction', healthAction),
    default: '`restart` with `respawn`, `mark` otherwise',
    meaning:
      'Decides what happens to an unhealthy job. `restart`: foster stops main, which counts as a failure. `mark`: foster only reports it in `status` and `list`.',
    fields: { healthAction: { enum: ['restart', 'mark'] } },
  },
];

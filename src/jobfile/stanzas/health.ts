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

/** `[::1]`: colons belong to the address. */
function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether a job that runs does what it is there for, asked again and again. */
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
      'Runs this command again and again while the job runs, as its user, in its directory and with its environment: status 0 means that the job is healthy.',
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
      'Asks for this page again and again while the job runs: an answer from 200 to 399 means that the job is healthy. The host is an IP address or localhost.',
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
      'Connects to this port again and again while the job runs: a connection means that the job is healthy. The host is an IP address or localhost, which is the default.',
    fields: { health: PROBE },
  },
  {
    name: 'health interval',
    topic: 'Health',
    origin: 'foster',
    body: takesField('healthInterval', seconds('SECONDS', 0.001)),
    meaning:
      'Says how long after the end of one check the next one begins. The first one comes after a second at most.',
    fields: { healthInterval: { type: 'number', exclusiveMinimum: 0 } },
  },
  {
    name: 'health timeout',
    topic: 'Health',
    origin: 'foster',
    body: takesField('healthTimeout', seconds('SECONDS', 0.001)),
    meaning: 'Says how long one check may take; one that takes longer has failed, and its command is killed.',
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
    meaning: 'Says how many checks in a row have to fail until the job counts as unhealthy.',
    fields: { healthRetries: { type: 'integer', minimum: 1 } },
  },
  {
    name: 'health start period',
    topic: 'Health',
    origin: 'foster',
    body: takesField('healthStartPeriod', seconds('SECONDS', 0)),
    meaning:
      'Says how long after the job has started checks that fail do not count, unless one has succeeded before.',
    fields: { healthStartPeriod: { type: 'number', minimum: 0 } },
  },
  {
    name: 'health action',
    topic: 'Health',
    origin: 'foster',
    body: takesField('healthAction', healthAction),
    default: '`restart` with `respawn`, `mark` otherwise',
    meaning:
      'Says what becomes of a job that is unhealthy: its main is ended, which counts as a failure (`restart`), or `status` and `list` say so and nothing else (`mark`).',
    fields: { healthAction: { enum: ['restart', 'mark'] } },
  },
];

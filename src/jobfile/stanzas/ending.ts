import {
  exitStatus,
  oneOf,
  optional,
  respawnCount,
  seconds,
  signal,
  wholeSeconds,
  type Argument,
} from './argument.js';
import { AUTO_DELAY, respawnIntervalOf, UPSTART_DEFAULTS } from '../job-class/defaults.js';
import type { Draft, Syntax } from '../draft.js';
import { Refusal } from '../job-file-error.js';
import { DEFAULTS, type JobClass, WORDS } from '../job-class/job-class.js';
import { flag, takes, takesField, takesMany, type Stanza } from './stanza.js';

const COUNT = { type: 'integer', minimum: 0 };
const SECONDS = { type: 'number', minimum: 0 };
/** by name, or by number where it has none */
const SIGNAL = { type: ['string', 'integer'] };

/** After this many seconds a further failure is no sign that waiting longer would help. */
const LONGEST_DELAY = 30;

function writeRespawnLimit(job: JobClass): string[][] {
  const { respawnLimit: count, respawnInterval: stated } = job;
  if (count === DEFAULTS.respawnLimit && stated === undefined) return [];
  const interval = respawnIntervalOf(job);
  return count === 0 && interval === 0 ? [['unlimited']] : [[String(count), String(interval)]];
}

/** The first word of `respawn delay`: a number of seconds, or a word for all of it. */
const DELAY: Argument<number | 'auto' | 'none'> = {
  ...seconds('FIRST|auto|none', 0),
  expected: 'a number of seconds, `auto` or `none`',
  decode: (word) => (word === 'auto' || word === 'none' ? word : seconds('FIRST', 0).decode(word)),
  words: ['auto', 'none'],
};

function setRespawnDelay(
  draft: Draft,
  first: number | 'auto' | 'none',
  stated: number | undefined,
  reset: number | undefined,
): void {
  if (typeof first === 'number') {
    const cap = stated ?? Math.max(first, LONGEST_DELAY);
    draft.respawnDelay = { first, cap, resetAfter: reset ?? cap };
    return;
  }
  if (stated !== undefined)
    throw new Refusal({
      line: 0,
      message: 'Unexpected token',
      found: `"${stated}"`,
      expected: `nothing behind \`${first}\``,
    });
  if (first === 'auto') draft.respawnDelay = AUTO_DELAY;
  else delete draft.respawnDelay;
}

/** What the target's own default says need not be said, and nothing where it would have no effect. */
function writeRespawnDelay({ respawnDelay, respawn }: JobClass, syntax: Syntax): string[][] {
  if (respawnDelay === undefined) return syntax === 'ini' && respawn === true ? [['none']] : [];
  if (respawnDelay.firstAtOnce === true) return syntax === 'conf' ? [['auto']] : [];
  return [[respawnDelay.first, respawnDelay.cap, respawnDelay.resetAfter].map(String)];
}

/** How a job is ended, and what follows when it ends by itself. */
export const ENDING: readonly Stanza[] = [
  {
    name: 'respawn',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: flag('respawn'),
    meaning: 'Starts main again when it ends: always, and of a task only when it failed.',
    fields: { respawn: { const: true } },
  },
  {
    name: 'respawn limit',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: takes(
      [respawnCount, { ...wholeSeconds, name: 'INTERVAL' }],
      (draft, count, interval) => {
        draft.respawnLimit = count === 'unlimited' ? 0 : count;
        draft.respawnInterval = count === 'unlimited' ? 0 : interval;
      },
      writeRespawnLimit,
    ),
    default: '10 600 with `respawn delay auto`, 10 5 otherwise',
    meaning:
      'Gives up when main ends again after it has been respawned COUNT times within INTERVAL seconds; `unlimited`, or a 0 in either place, never does. The pauses of `respawn delay auto` are not counted.',
    fields: { respawnLimit: COUNT, respawnInterval: COUNT },
  },
  {
    name: 'respawn delay',
    topic: 'Ending and respawning',
    origin: 'foster',
    body: takes(
      [DELAY, optional(seconds('CAP', 0)), optional(seconds('RESET', 0))],
      setRespawnDelay,
      writeRespawnDelay,
    ),
    default: '`auto` in `.ini`, `none` in `.conf`',
    meaning:
      'Waits FIRST seconds before a respawn and twice as long before each further one, CAP (30) at most, until main has run for RESET (CAP) seconds. With `auto` the first respawn comes at once, a second one 0.1 seconds after the crash, and further ones after twice as long each, 10 seconds at most, until main has run for a minute. With `none` each comes at once.',
    fields: {
      respawnDelay: {
        type: 'object',
        properties: { first: SECONDS, cap: SECONDS, resetAfter: SECONDS, firstAtOnce: { const: true } },
        required: ['first', 'cap', 'resetAfter'],
        additionalProperties: false,
      },
    },
  },
  {
    name: 'normal exit',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: takesMany(
      exitStatus,
      (draft, statuses) => {
        draft.normalExit = [...draft.normalExit, ...statuses];
      },
      (job) => job.normalExit.map(String),
    ),
    accumulates: true,
    meaning: 'Names exit statuses and signals that are no failure and lead to no respawn.',
    fields: { normalExit: { type: 'array', items: { type: ['integer', 'string'] } } },
  },
  {
    name: 'kill signal',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: takesField('killSignal', signal),
    meaning: 'Names the signal that asks main to end.',
    fields: { killSignal: SIGNAL },
  },
  {
    name: 'kill timeout',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: takesField('killTimeout', wholeSeconds),
    default: String(UPSTART_DEFAULTS.killTimeout),
    meaning:
      'Says how long main may take to end before it is killed; where it is stated, pre-stop and post-stop may not take longer either, unless `timeout` says so.',
    fields: { killTimeout: COUNT },
  },
  {
    name: 'kill mode',
    topic: 'Ending and respawning',
    origin: 'foster',
    body: takesField('killMode', oneOf(...WORDS.killMode)),
    meaning:
      'Says what a stop ends besides main: what has stayed in its session, in its process group, all of its lineage, nothing, or all of its cgroup.',
    fields: { killMode: { enum: WORDS.killMode } },
  },
  {
    name: 'reload signal',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: takesField('reloadSignal', signal),
    meaning: 'Names the signal that `reload` sends to main.',
    fields: { reloadSignal: SIGNAL },
  },
];

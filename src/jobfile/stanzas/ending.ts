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
/** a name, or a number without name */
const SIGNAL = { type: ['string', 'integer'] };

/** Beyond this many seconds, longer waits do not help. */
const LONGEST_DELAY = 30;

function writeRespawnLimit(job: JobClass): string[][] {
  const { respawnLimit: count, respawnInterval: stated } = job;
  if (count === DEFAULTS.respawnLimit && stated === undefined) return [];
  const interval = respawnIntervalOf(job);
  return count === 0 && interval === 0 ? [['unlimited']] : [[String(count), String(interval)]];
}

/** The first word of `respawn delay`: a number of seconds, or a word for the whole stanza. */
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

/** Writes the delay, unless it is the target syntax's default or has no effect. */
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
    meaning: 'Restarts main when it ends. A task is restarted only after a failure.',
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
      'Fails the job if main ends again after COUNT respawns within INTERVAL seconds. `unlimited`, or 0 for either value, turns the limit off. The delays of `respawn delay auto` do not count.',
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
      'Waits FIRST seconds before a respawn, and doubles the delay up to CAP (30) for each further one. The delay resets when main has run for RESET (CAP) seconds. `auto`: the first respawn is immediate, the second comes 0.1 seconds after the crash, and the delay then doubles up to 10 seconds, until main has run for a minute. `none`: every respawn is immediate.',
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
    meaning: 'Lists exit statuses and signals that are not failures and do not cause a respawn.',
    fields: { normalExit: { type: 'array', items: { type: ['integer', 'string'] } } },
  },
  {
    name: 'kill signal',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: takesField('killSignal', signal),
    meaning: 'Sets the signal that asks main to end.',
    fields: { killSignal: SIGNAL },
  },
  {
    name: 'kill timeout',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: takesField('killTimeout', wholeSeconds),
    default: String(UPSTART_DEFAULTS.killTimeout),
    meaning:
      'Sets how long main may take to end before foster kills it. If the file sets it, it also limits pre-stop and post-stop, unless `timeout` does.',
    fields: { killTimeout: COUNT },
  },
  {
    name: 'kill mode',
    topic: 'Ending and respawning',
    origin: 'foster',
    body: takesField('killMode', oneOf(...WORDS.killMode)),
    meaning:
      'Decides which processes a stop ends besides main. `session`: those still in the session of main. `group`: its process group. `lineage`: all its descendants. `main`: none. `cgroup`: its whole control group.',
    fields: { killMode: { enum: WORDS.killMode } },
  },
  {
    name: 'reload signal',
    topic: 'Ending and respawning',
    origin: 'Upstart',
    body: takesField('reloadSignal', signal),
    meaning: 'Sets the signal that `reload` sends to main.',
    fields: { reloadSignal: SIGNAL },
  },
];

/**
 * Warns about events that can never come. An expression that can become true another way is fine: a job that
 * starts on `dbus or startup` starts.
 */
import type { EventLeaf, ExpectedEvents } from '../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { nearestWord } from '../../jobfile/stanzas/nearest-word.js';
import { compileGlob } from '../../supervisor/core/events/glob.js';
import { jobOperand } from '../format/class-config.js';
import { assess, INIT_EVENTS } from '../initctl/check-config.js';
import { at, type Remark, type ReviewedJob } from './job.js';

/** Events that foster emits besides those of Upstart's init: its bridges, commands and signals (docs/activation.md, docs/events.md). */
export const OWN_EVENTS = [
  'runlevel',
  'shutdown',
  'socket',
  'file',
  'process-event',
  'cgroup-event',
  'health',
];

/**
 * Who emits the events of an Upstart machine (upstart-events(7)): if that job is missing, the events never
 * come.
 */
const EMITTERS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:(?:virtual|local|remote|all)-)?(?:filesystems?|swaps)$|^mount(?:ed|ing)$|^unmounted-remote-filesystems$/,
    'mountall(8)',
  ],
  [/^(?:net|[\w-]+)-device-(?:up|down|added|changed|removed)$/, 'ifupdown, or upstart-udev-bridge(8)'],
  [/^(?:static-network-up|deconfiguring-networking)$/, 'ifupdown'],
  [/^(?:desktop-session-start|login-session-start|desktop-shutdown)$/, 'a display manager'],
  [/^dbus(?:-activation)?$/, 'D-Bus'],
  [/^plymouth-ready$/, 'plymouth'],
];

/** The events that can come. */
export interface KnownEvents {
  readonly jobs: ReadonlyMap<string, JobClass>;
  isEmitted(event: string): boolean;
  /** names without wildcards, for suggestions */
  readonly names: readonly string[];
}

/**
 * Collects the events of all jobs.
 * @param startupEvent the argument of `--startup-event`
 */
export function knownEvents(jobs: ReadonlyMap<string, JobClass>, startupEvent = 'startup'): KnownEvents {
  const patterns = [
    ...new Set([
      ...INIT_EVENTS,
      ...OWN_EVENTS,
      startupEvent,
      ...[...jobs.values()].flatMap((job) => [...job.emits, ...emittedByScripts(job)]),
    ]),
  ];
  const globs = patterns.map(compileGlob);
  return {
    jobs,
    isEmitted: (event) => globs.some((fits) => fits(event)),
    names: patterns.filter((pattern) => !/[*?[]/.test(pattern)),
  };
}

/** Returns the events of `initctl emit --no-wait NAME` in scripts. */
function emittedByScripts({ processes }: JobClass): readonly string[] {
  return Object.values(processes).flatMap((command) => {
    const text = 'script' in command ? command.script : 'exec' in command ? command.exec : '';
    return [...text.matchAll(/\b(?:initctl|foster)\s+emit\s+(?:-\S+\s+)*([\w.:/-]+)/g)].map(
      (match) => match[1]!,
    );
  });
}

export function reviewExpectations(job: ReviewedJob, known: KnownEvents): readonly JobFileWarning[] {
  const { startOn, stopOn } = job.class;
  return [
    ...(startOn === undefined ? [] : reviewExpression(job, 'start on', startOn, known)),
    ...(stopOn === undefined ? [] : reviewExpression(job, 'stop on', stopOn, known)),
  ];
}

function reviewExpression(
  job: ReviewedJob,
  stanza: 'start on' | 'stop on',
  expression: ExpectedEvents,
  known: KnownEvents,
): readonly JobFileWarning[] {
  const { possible, problems } = assess(expression, (leaf) => reviewEvent(job, stanza, leaf, known));
  return possible ? [] : problems.map((remark) => at(job, stanza, remark));
}

function reviewEvent(
  job: ReviewedJob,
  stanza: 'start on' | 'stop on',
  leaf: EventLeaf,
  known: KnownEvents,
): Remark | undefined {
  const effect = `the job never ${stanza === 'start on' ? 'starts' : 'stops'} by itself`;
  if (leaf.name === '=' && job.class.source.syntax === 'conf') {
    const rest = leaf.matches.map(({ text }) => text).join(' ');
    return {
      message: `this waits for an event called \`=\`: in a \`.conf\` file there is no \`=\` behind a stanza`,
      remedy: `write \`${stanza} ${rest}\`, or call the file .ini`,
    };
  }
  if (!known.isEmitted(leaf.name)) return unknownEvent(leaf.name, effect, known);
  const wanted = jobOperand(leaf);
  // a variable can stand for any job, and a negation matches jobs that do not exist
  if (wanted === undefined || wanted.negated === true || wanted.pattern.includes('$')) return undefined;
  const fits = compileGlob(wanted.pattern);
  if ([...known.jobs.keys()].some(fits)) return undefined;
  const nearest = nearestWord(wanted.pattern, known.jobs.keys());
  return {
    message: `there is no job ${wanted.pattern}: ${effect}`,
    remedy: nearest === undefined ? 'make a job file of that name' : `did you mean ${nearest}?`,
  };
}

function unknownEvent(event: string, effect: string, known: KnownEvents): Remark {
  const message = `nothing emits the event ${event}: ${effect}`;
  const nearest = nearestWord(event, known.names);
  if (nearest !== undefined) return { message, remedy: `did you mean ${nearest}?` };
  const emitter = EMITTERS.find(([events]) => events.test(event))?.[1];
  if (emitter !== undefined) return { message, remedy: `${emitter} does, which is none of these jobs` };
  if (known.jobs.has(event))
    return { message, remedy: `\`started ${event}\` waits for the job of that name` };
  // the user may emit it by hand, so this is a note only
  return {
    message: `no job here emits the event ${event}: ${effect}`,
    remedy: `\`foster emit ${event}\` does, or a job that says \`emits ${event}\``,
    note: true,
  };
}

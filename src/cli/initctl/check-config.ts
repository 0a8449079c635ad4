/** initctl check-config: tests whether the events and jobs that a job waits for can ever come. */
import type { EventLeaf, ExpectedEvents } from '../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { compileGlob } from '../../supervisor/core/events/glob.js';
import { JOB_EVENTS, jobOperand } from '../format/class-config.js';

/** Events that init itself emits (Upstart 3.4); events of jobs are checked by the job's name. */
export const INIT_EVENTS = [
  'startup',
  'control-alt-delete',
  'keyboard-request',
  'power-status-changed',
  'session-end',
  'child-subreaper-failed',
  ...JOB_EVENTS,
];

interface CheckOptions {
  /** events that are treated as known (`-i`) */
  readonly ignored: readonly string[];
  /** report every unknown event, even if the expression can become true without it (`-w`) */
  readonly strict: boolean;
}

/**
 * Checks classes.
 * @param checked the classes to check
 * @param known all existing classes
 * @returns lines as initctl prints them: a job's name, then its problems; none when there are no problems
 */
export function checkConfig(
  checked: readonly JobClass[],
  known: readonly JobClass[],
  options: CheckOptions,
): readonly string[] {
  const problemOf = (leaf: EventLeaf): string | undefined => findProblem(leaf, known, options.ignored);
  return checked.flatMap((job) => {
    const problems = [
      ...check('start on', job.startOn, problemOf, options.strict),
      ...check('stop on', job.stopOn, problemOf, options.strict),
    ];
    return problems.length === 0 ? [] : [job.name, ...problems];
  });
}

function check(
  word: string,
  events: ExpectedEvents | undefined,
  problemOf: (leaf: EventLeaf) => string | undefined,
  strict: boolean,
): readonly string[] {
  if (events === undefined) return [];
  const { possible, problems } = assess(events, problemOf);
  return possible && !strict ? [] : problems.map((problem) => `  ${word}: ${problem}`);
}

/**
 * Tests whether an expression can become true, and reports problems of its events. As in Upstart, one side of
 * an `or` is enough (section 13, 9).
 */
export function assess<Problem>(
  events: ExpectedEvents,
  problemOf: (leaf: EventLeaf) => Problem | undefined,
): { readonly possible: boolean; readonly problems: readonly Problem[] } {
  if (events.kind === 'event') {
    const problem = problemOf(events);
    return { possible: problem === undefined, problems: problem === undefined ? [] : [problem] };
  }
  const [left, right] = [assess(events.left, problemOf), assess(events.right, problemOf)];
  return {
    possible: events.kind === 'and' ? left.possible && right.possible : left.possible || right.possible,
    problems: [...left.problems, ...right.problems],
  };
}

function findProblem(
  leaf: EventLeaf,
  known: readonly JobClass[],
  ignored: readonly string[],
): string | undefined {
  if (ignored.includes(leaf.name)) return undefined;
  const emitted = [...INIT_EVENTS, ...known.flatMap((job) => job.emits)];
  if (!emitted.some((pattern) => compileGlob(pattern)(leaf.name))) return `unknown event ${leaf.name}`;
  const wanted = jobOperand(leaf);
  // a variable can stand for any job, and a negation matches jobs that do not exist
  if (wanted === undefined || wanted.negated === true || wanted.pattern.includes('$')) return undefined;
  const named = compileGlob(wanted.pattern);
  return known.some((job) => named(job.name)) ? undefined : `unknown job ${wanted.pattern}`;
}

/**
 * Emits the event `process-event` for kernel events of a job's processes, for `start on` and `stop on`.
 *
 *      start on process-event TYPE=ptrace JOB=sshd
 *
 * Emits nothing that no job class waits for: a storm of forks costs one look into an empty table.
 */
import type { EventMatch } from '../../jobfile/expression/event-expression.js';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import { eventFields } from '../../tracker/event-fields.js';
import type { ProcessEvent, ProcessEventType } from '../../tracker/events.js';
import type { JobRef } from '../core/contract.js';
import type { EmittedEvent, LeafMatcher } from '../core/model.js';
import { compileLeaf } from '../core/events/match.js';
import type { Report } from '../log/log.js';
import { allLeavesNamed, operand } from './expected-events.js';
import type { EventLeaf } from '../../jobfile/expression/event-expression.js';
import { compileGlob } from '../core/events/glob.js';

const PROCESS_EVENT = 'process-event';

/** The types that jobs can wait for. A loss of events belongs to no job. */
const TYPES = [
  'fork',
  'exec',
  'sid',
  'uid',
  'gid',
  'comm',
  'ptrace',
  'coredump',
  'namespace',
  'exit',
  'adopted',
] as const satisfies readonly ProcessEventType[];

/**
 * Limits pending events: a job that waits for every fork of a busy one must not fill the supervisor's memory.
 */
const MAX_PENDING = 64;

interface Waiting {
  /** its own processes do not start a job: it would be started for ever */
  readonly name: string;
  readonly matches: LeafMatcher;
}

interface ProcessBridgeOptions {
  /** resolves when the event has finished */
  readonly emit: (event: string, env: readonly string[]) => Promise<unknown>;
  readonly report: Report;
}

export class ProcessBridge {
  #waiting: ReadonlyMap<string, readonly Waiting[]> = new Map();
  #atOnce = 0;
  #leftOut = 0;

  constructor(private readonly options: ProcessBridgeOptions) {}

  /** Emits exactly what these classes wait for. */
  setClasses(classes: Iterable<JobClass>): void {
    this.#waiting = waitingByType(classes);
  }

  /** Tests whether any class waits for process events. */
  get isWaitedFor(): boolean {
    return this.#waiting.size > 0;
  }

  /** Tests whether a class waits for process events of this type. */
  isWanted(type: ProcessEventType): boolean {
    return this.#waiting.has(type);
  }

  /** Processes an event of a process of this job. */
  offer(job: JobRef, event: ProcessEvent): void {
    const waiting = this.#waiting.get(event.type);
    if (waiting === undefined) return;
    const env = processEventEnvironment(job, event);
    const offered = { name: PROCESS_EVENT, env } as EmittedEvent;
    if (waiting.some(({ name, matches }) => name !== job.name && matches(offered, new Map())))
      this.#emit(env);
  }

  close(): void {
    this.#waiting = new Map();
  }

  #emit(env: readonly string[]): void {
    if (this.#atOnce >= MAX_PENDING) {
      if (this.#leftOut++ === 0)
        this.options.report('warn', `${MAX_PENDING} process-events wait to be handled, leaving further out`);
      return;
    }
    this.#atOnce += 1;
    void this.options.emit(PROCESS_EVENT, env).finally(() => this.#finished());
  }

  #finished(): void {
    this.#atOnce -= 1;
    if (this.#atOnce > 0 || this.#leftOut === 0) return;
    this.options.report('warn', `${this.#leftOut} process-events were left out`);
    this.#leftOut = 0;
  }
}

/** Returns `TYPE JOB INSTANCE`, then the fields of the event in capitals (docs/events.md). */
export function processEventEnvironment({ name, instance }: JobRef, event: ProcessEvent): readonly string[] {
  const fields = eventFields(event).map(([field, value]) => `${variableOf(field)}=${value}`);
  return [`TYPE=${event.type}`, `JOB=${name}`, `INSTANCE=${instance}`, ...fields];
}

/** Returns a field's variable. TYPE is the event's type, so the kind of namespace is KIND. */
function variableOf(field: string): string {
  return field === 'type' ? 'KIND' : field.toUpperCase();
}

function waitingByType(classes: Iterable<JobClass>): ReadonlyMap<string, readonly Waiting[]> {
  const found = new Map<string, Waiting[]>();
  for (const jobClass of classes) {
    for (const leaf of allLeavesNamed(jobClass, PROCESS_EVENT)) {
      const waiting = { name: jobClass.name, matches: compileLeaf(withoutVariables(leaf)) };
      for (const type of typesOf(leaf)) {
        const others = found.get(type);
        if (others === undefined) found.set(type, [waiting]);
        else others.push(waiting);
      }
    }
  }
  return found;
}

/**
 * Replaces operands that contain a variable of the job: only the job can compare them, so here they match
 * anything.
 */
function withoutVariables(leaf: EventLeaf): EventLeaf {
  const matches = leaf.matches.map((match): EventMatch => {
    if (!match.pattern.includes('$')) return match;
    const { key, text } = match;
    return { ...(key !== undefined && { key }), text, pattern: '*' };
  });
  return { ...leaf, matches };
}

/** Returns the types; all of them without TYPE. The first value without a name is TYPE, too. */
function typesOf(leaf: EventLeaf): readonly ProcessEventType[] {
  const first = leaf.matches[0];
  const match = operand(leaf, 'TYPE') ?? (first?.key === undefined ? first : undefined);
  if (match === undefined || match.pattern.includes('$')) return TYPES;
  const fits = compileGlob(match.pattern);
  return TYPES.filter((type) => fits(type) !== (match.negated ?? false));
}

/**
 * A world for the pure core: it answers what the core asks for as a well-behaved machine would, keeps the clock, and
 * lets a test make processes end, fail to start, or refuse to die.
 */
import { constants } from 'node:os';
import { checkText } from '../../../../src/jobfile/check.js';
import type { JobClass, ProcessName } from '../../../../src/jobfile/job-class/job-class.js';
import type {
  CommandOutcome,
  CoreEffect,
  CoreInput,
  JobRef,
  Milliseconds,
  TimerId,
  WaitFor,
} from '../../../../src/supervisor/core/contract.js';
import { jobKey } from '../../../../src/tracker/job-key.js';
import { createCore, type Core, type JobView } from '../../../../src/supervisor/core/core.js';
import type { EndStatus } from '../../../../src/supervisor/core/wait-status.js';

type Of<Kind extends CoreEffect['kind']> = Extract<CoreEffect, { kind: Kind }>;
type Command = Extract<CoreInput, { kind: 'command' }>;

export interface WorldOptions {
  readonly jobEnvironment?: readonly string[];
  readonly ownEnvironment?: readonly string[];
  readonly session?: string;
  readonly processors?: number;
  /** names of jobs of native form */
  readonly ini?: readonly string[];
}

/** The jobs of a test chase one another without end. */
export class Runaway extends Error {}

const MOST_INPUTS = 50_000;

/** A wait status: `exited(3)`, `killedBy('TERM')`. */
export const exited = (status: number): number => status << 8;
export const killedBy = (signal: string): number => constants.signals[`SIG${signal}` as NodeJS.Signals];

export class World {
  core: Core;
  now: Milliseconds = 1_000_000;
  /** every effect since the world began */
  readonly effects: CoreEffect[] = [];
  readonly timers = new Map<TimerId, Milliseconds>();
  readonly replies = new Map<number, CommandOutcome>();
  /** of commands that are answered in parts: for which jobs, and the answers so far */
  readonly parts = new Map<
    number,
    { readonly jobs: readonly JobRef[]; readonly answers: CommandOutcome[] }
  >();
  /** `foo pre-start`: cannot be started, for this reason */
  readonly unstartable = new Map<string, string>();
  /** what cannot be started is a matter of the moment */
  shortage = false;
  /** `foo`, `foo pre-stop`: signals other than KILL do not end it */
  readonly stubborn = new Set<string>();
  /** jobs whose `end-members` is not answered by itself */
  readonly slowMembers = new Set<string>();
  /** commands to jobs, answered or not */
  readonly commands: Command[] = [];
  readonly environments = new Map<string, readonly string[]>();
  readonly classes = new Map<string, JobClass>();
  readonly #living = new Map<number, { job: JobRef; process: ProcessName }>();
  /** jobs whose members were asked to end and take their time, by key */
  readonly #ending = new Map<string, JobRef>();
  readonly #inputs: CoreInput[] = [];
  readonly #options: WorldOptions;
  #nextPid = 1;
  #given = 0;
  #nextCommand = 1;

  constructor(jobs: Readonly<Record<string, string>>, options: WorldOptions = {}) {
    this.#options = options;
    this.core = createCore(this.coreOptions());
    for (const [name, text] of Object.entries(jobs)) this.load(name, text);
  }

  coreOptions(): Parameters<typeof createCore>[0] {
    const { jobEnvironment = ['PATH=/bin', 'TERM=linux'], ownEnvironment = [], ...rest } = this.#options;
    const { session, processors } = rest;
    return {
      jobEnvironment,
      ownEnvironment,
      ...(session !== undefined && { session }),
      ...(processors !== undefined && { processors }),
    };
  }

  /** Reads a job file, or removes it. */
  load(name: string, text: string | undefined): void {
    const parsed = text === undefined ? undefined : this.#parse(name, text);
    if (parsed === undefined) this.classes.delete(name);
    else this.classes.set(name, parsed);
    this.input({ kind: 'class', name, class: parsed });
  }

  #parse(name: string, text: string): JobClass {
    const checked = checkText(text, name, this.#options.ini?.includes(name) === true ? 'ini' : 'conf');
    if (!checked.ok) throw new Error(checked.errors.map((error) => error.message).join('; '));
    return checked.class;
  }

  /** The core takes back what another one has saved, through JSON. */
  takesBack(saved: unknown, elapsed: Milliseconds = 0): void {
    const json: unknown = JSON.parse(JSON.stringify(saved));
    this.carryOut(this.core.restore(this.core.decode(json, this.now, elapsed), this.now));
  }

  /** The members of all jobs of this class end, those that were asked to. */
  membersEnd(name: string): void {
    this.slowMembers.delete(name);
    for (const [key, job] of [...this.#ending].filter(([, { name: own }]) => own === name)) {
      this.#ending.delete(key);
      this.input({ kind: 'members-ended', job });
    }
  }

  /** Gives a command and returns its number. `start foo K=V`. */
  command(
    line: string,
    how: Partial<Pick<Command, 'wait' | 'dialect' | 'fresh' | 'force' | 'instance' | 'count'>> = {},
  ): number {
    const [verb, name, ...env] = line.split(' ') as [Command['verb'], string, ...string[]];
    const id = this.#nextCommand++;
    const { wait = 'upstart', dialect = 'upstart', ...rest } = how;
    const command: Command = { kind: 'command', id, verb, name, env, wait, dialect, ...rest };
    this.commands.push(command);
    this.input(command);
    return id;
  }

  /** A command of foster's own client. */
  foster(line: string, wait: WaitFor = 'settled'): number {
    return this.command(line, { wait, dialect: 'foster' });
  }

  emit(line: string): number {
    const [event, ...env] = line.split(' ') as [string, ...string[]];
    const id = this.#nextCommand++;
    this.input({ kind: 'emit', id, event, env });
    return id;
  }

  /** The number of the latest command. */
  get lastCommand(): number {
    return this.#nextCommand - 1;
  }

  /** `ok`, `waits`, or the message, with the detail behind it where there is one. */
  answer(id: number): string {
    const outcome = this.replies.get(id) ?? this.#joined(id);
    return outcome === undefined ? 'waits' : textOf(outcome);
  }

  /** The first of all answers that is no success. */
  #joined(id: number): CommandOutcome | undefined {
    const { jobs, answers } = this.parts.get(id) ?? {};
    if (jobs === undefined || answers === undefined || answers.length < jobs.length) return undefined;
    return answers.find(({ ok }) => !ok) ?? answers[0];
  }

  /** The jobs for which a command has not been answered yet. */
  open(id: number): readonly JobRef[] {
    const { jobs, answers } = this.parts.get(id) ?? {};
    if (jobs === undefined) {
      const { name, instance = '' } = this.commands.find((command) => command.id === id)!;
      return this.answer(id) === 'waits' ? [{ name, instance }] : [];
    }
    return jobs.filter(({ instance }) => !answers?.some(({ job }) => job?.instance === instance));
  }

  /** `1: ok`: of a command on several copies of a job, so far. */
  answers(id: number): readonly string[] {
    return (this.parts.get(id)?.answers ?? []).map(
      (outcome) => `${outcome.job?.instance ?? ''}: ${textOf(outcome)}`,
    );
  }

  /** A process ends. */
  ends(job: string, process: ProcessName, status: EndStatus = 0): void {
    const ref = refOf(job);
    const pid = this.pid(job, process);
    if (pid !== undefined) this.#living.delete(pid);
    this.input({ kind: 'process-ended', job: ref, process, status });
  }

  /** Main becomes another process. */
  handsOver(job: string): number {
    const from = this.pid(job, 'main')!;
    const pid = this.#nextPid++;
    this.#living.delete(from);
    this.#living.set(pid, { job: refOf(job), process: 'main' });
    this.input({ kind: 'main-changed', job: refOf(job), from, pid });
    return pid;
  }

  pid(job: string, process: ProcessName): number | undefined {
    return this.view(job)?.processes.find((running) => running.process === process)?.pid;
  }

  view(job: string): JobView | undefined {
    return this.core.job(refOf(job), this.now);
  }

  /** Lets time pass and fires what is due, in order. */
  passes(duration: Milliseconds): void {
    const end = this.now + duration;
    for (;;) {
      const due = [...this.timers]
        .filter(([, at]) => at <= end)
        .sort(([one, a], [other, b]) => a - b || one.localeCompare(other))[0];
      if (due === undefined) break;
      this.now = Math.max(this.now, due[1]);
      this.timers.delete(due[0]);
      this.input({ kind: 'timer', timer: due[0] });
    }
    this.now = end;
  }

  /** Upstart's status line. */
  status(name: string, ...env: string[]): string {
    const found = this.core.find(name, env, this.now);
    if ('ok' in found) return found.message;
    return found.kind === 'job' ? statusLine(found) : `${name} stop/waiting`;
  }

  /** Events so far, as `starting JOB=foo INSTANCE=`; those whose names begin with one of these. */
  events(...names: string[]): string[] {
    return this.of('event')
      .filter((event) => names.length === 0 || names.includes(event.name))
      .map((event) => [event.name, ...event.env].join(' '));
  }

  logged(part: string): string[] {
    return this.of('log')
      .map((entry) => entry.text)
      .filter((text) => text.includes(part));
  }

  /** `TERM main 1`: signals so far. */
  signals(): string[] {
    return this.of('signal').map((signal) => `${signal.signal} ${signal.process} ${signal.pid}`);
  }

  of<Kind extends CoreEffect['kind']>(kind: Kind): Of<Kind>[] {
    return this.effects.filter((effect): effect is Of<Kind> => effect.kind === kind);
  }

  /** Environment of the last process of this name: `foo main`. */
  variable(process: string, key: string): string | undefined {
    const prefix = `${key}=`;
    return this.environments
      .get(process)
      ?.find((assignment) => assignment.startsWith(prefix))
      ?.slice(prefix.length);
  }

  input(input: CoreInput): void {
    this.#inputs.push(input);
    this.#given += 1;
    if (this.#given > MOST_INPUTS) throw new Runaway();
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      this.carryOut(this.core.step(next, this.now));
    }
    this.core.loopTurned();
  }

  carryOut(effects: readonly CoreEffect[]): void {
    this.#given += effects.length;
    if (this.#given > MOST_INPUTS) throw new Runaway();
    this.effects.push(...effects);
    for (const effect of effects) this.#carryOut(effect);
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      this.carryOut(this.core.step(next, this.now));
    }
  }

  #carryOut(effect: CoreEffect): void {
    switch (effect.kind) {
      case 'spawn':
        this.#spawn(effect);
        break;
      case 'signal':
        this.#signal(effect);
        break;
      case 'end-members':
        if (this.slowMembers.has(effect.job.name)) this.#ending.set(jobKey(effect.job), effect.job);
        else this.#inputs.push({ kind: 'members-ended', job: effect.job });
        break;
      case 'set-timer':
        this.timers.set(effect.timer, effect.at);
        break;
      case 'clear-timer':
        this.timers.delete(effect.timer);
        break;
      case 'reply-in-parts':
        this.parts.set(effect.id, { jobs: effect.jobs, answers: [] });
        break;
      case 'reply':
        if (this.parts.has(effect.id)) {
          if (this.open(effect.id).every(({ instance }) => instance !== effect.outcome.job?.instance))
            throw new Error(`command ${effect.id} was answered twice`);
          this.parts.get(effect.id)!.answers.push(effect.outcome);
          break;
        }
        if (this.replies.has(effect.id)) throw new Error(`command ${effect.id} was answered twice`);
        this.replies.set(effect.id, effect.outcome);
        break;
      case 'expect-end':
      case 'continue':
      case 'log':
      case 'event':
      case 'job-changed':
      case 'job-gone':
      case 'latches-changed':
      case 'essential-ended':
        break;
    }
  }

  #spawn({ job, process, env }: Of<'spawn'>): void {
    const reason = this.unstartable.get(`${job.name} ${process}`);
    if (reason !== undefined) {
      this.#inputs.push({ kind: 'spawn-failed', job, process, reason, transient: this.shortage });
      return;
    }
    const pid = this.#nextPid++;
    this.#living.set(pid, { job, process });
    this.environments.set(`${job.name} ${process}`, env);
    this.#inputs.push({ kind: 'spawned', job, process, pid });
  }

  #signal({ job, process, pid, signal }: Of<'signal'>): void {
    const mild = signal === 'CONT' || signal === 'HUP';
    const resists = this.stubborn.has(process === 'main' ? job.name : `${job.name} ${process}`);
    if (mild || (resists && signal !== 'KILL') || !this.#living.delete(pid)) return;
    this.#inputs.push({ kind: 'process-ended', job, process, status: killedBy(signal) });
  }
}

/** `foo` or `foo (instance)`. */
function refOf(job: string): JobRef {
  const [, name, instance = ''] = /^(.*?)(?: \((.*)\))?$/.exec(job)!;
  return { name: name!, instance };
}

function statusLine({ ref, goal, state, processes }: JobView): string {
  const label = ref.instance === '' ? ref.name : `${ref.name} (${ref.instance})`;
  const [first, ...others] = processes;
  const plain = ['main', 'pre-start', 'post-stop'];
  const firstText =
    first === undefined
      ? ''
      : plain.includes(first.process)
        ? `, process ${first.pid}`
        : `, (${first.process}) process ${first.pid}`;
  const rest = others.map((process) => `\n\t${process.process} process ${process.pid}`).join('');
  return `${label} ${goal}/${state}${firstText}${rest}`;
}

function textOf(outcome: CommandOutcome): string {
  const text = outcome.ok ? 'ok' : outcome.message;
  return outcome.detail === undefined ? text : `${text}: ${outcome.detail}`;
}

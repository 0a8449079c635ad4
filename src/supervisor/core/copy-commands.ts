/** Splits a command on a class with `instances` into commands on its copies. */
import { applyDiskClass } from './classes.js';
import { copiesOf, copyNames, setScale } from './copies.js';
import type { CommandInput, CommandOutcome, CommandVerb } from './contract.js';
import type { CoreState } from './core-state.js';
import { numberIn, refuse } from './lookup.js';
import type { Cause, ClassEntry } from './model.js';

type Command = Extract<CommandInput, { kind: 'command' }>;

/** `scale` is made of the others. */
export type JobVerb = Exclude<CommandVerb, 'scale'>;

/** A command on one of several jobs. */
interface SubCommand {
  readonly verb: JobVerb;
  readonly instance?: string;
  readonly cause?: Cause;
}

type Targets =
  | { readonly kind: 'one'; readonly verb: JobVerb }
  | { readonly kind: 'many'; readonly parts: readonly SubCommand[] }
  | { readonly kind: 'refused'; readonly outcome: CommandOutcome };

export function copyTargets(core: CoreState, command: Command): Targets {
  const { verb, name, env, instance } = command;
  const entry = core.classes.get(name);
  if (verb === 'scale') return scaleTargets(core, entry, command);
  const one: Targets = { kind: 'one', verb };
  const isNamed = instance !== undefined || numberIn(env) !== undefined;
  if (entry === undefined || isNamed) return one;
  // a restart uses the present file, whose `instances` may have changed
  const renewed = verb === 'restart' && command.fresh === true ? entry.disk : undefined;
  if ((entry.active.instances ?? renewed?.instances) === undefined) return one;
  if (renewed !== undefined) applyDiskClass(core, entry);
  switch (verb) {
    case 'reset-failed': {
      const all = new Set([...entry.jobs.keys(), ...desiredNames(core, entry)]);
      return many([...all].map((name) => ({ verb, instance: name })));
    }
    case 'start':
      return many(desiredNames(core, entry).map((name) => ({ verb, instance: name })));
    case 'stop':
    case 'reload': {
      const living = [...entry.jobs.keys()];
      // if none is up, the answer is the same as for any job
      return living.length === 0 && command.dialect === 'upstart'
        ? unknownInstance()
        : many(living.map((name) => ({ verb, instance: name })));
    }
    case 'restart':
      return restartTargets(core, entry, command);
  }
}

function restartTargets(core: CoreState, entry: ClassEntry, { dialect }: Command): Targets {
  const living = [...entry.jobs.keys()];
  if (dialect === 'upstart')
    return living.length === 0
      ? unknownInstance()
      : many(living.map((instance) => ({ verb: 'restart', instance })));
  const names = desiredNames(core, entry);
  return many([
    ...surplus(entry, names).map((instance): SubCommand => ({ verb: 'stop', instance })),
    // a class that no longer has instances has one unnamed job
    ...names.map((instance): SubCommand =>
      instance === '' ? { verb: 'restart' } : { verb: 'restart', instance },
    ),
  ]);
}

/** Starts missing copies and stops surplus ones; the others keep running. */
function scaleTargets(core: CoreState, entry: ClassEntry | undefined, command: Command): Targets {
  const { name, count } = command;
  if (entry === undefined) return refused('unknown-job', `Unknown job: ${name}`);
  if (copiesOf(core.options, entry) === undefined)
    return refused('not-scalable', `Job has no instances to scale: ${name}`);
  setScale(entry, count);
  const cause: Cause = { kind: 'command', verb: 'scale', by: command.by };
  const names = desiredNames(core, entry);
  const isDown = (instance: string): boolean => (entry.jobs.get(instance)?.goal ?? 'stop') === 'stop';
  const [missing, tooMany] = [names.filter(isDown), surplus(entry, names)];
  // each living job has the number in its saved state
  for (const { ref: job, state, goal } of entry.jobs.values())
    core.effects.push({ kind: 'job-changed', job, from: state, to: state, goal });
  return many([
    ...missing.map((instance): SubCommand => ({ verb: 'start', instance, cause })),
    ...tooMany
      .filter((one) => !isDown(one))
      .map((instance): SubCommand => ({ verb: 'stop', instance, cause })),
  ]);
}

/** Returns the names of the jobs that the class should have. */
function desiredNames(core: CoreState, entry: ClassEntry): readonly string[] {
  const copies = copiesOf(core.options, entry);
  if (copies !== undefined) return copyNames(copies);
  return entry.active.instance === undefined ? [''] : [];
}

/** Returns the surplus jobs; the highest numbers are stopped first. */
function surplus({ jobs }: ClassEntry, names: readonly string[]): readonly string[] {
  return [...jobs.keys()].filter((name) => !names.includes(name)).reverse();
}

function many(parts: readonly SubCommand[]): Targets {
  return { kind: 'many', parts };
}

function unknownInstance(): Targets {
  return refused('unknown-instance', 'Unknown instance: ');
}

function refused(...[error, message]: Parameters<typeof refuse>): Targets {
  return { kind: 'refused', outcome: refuse(error, message) };
}

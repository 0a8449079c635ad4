/** Finds the job for a name and variables, or Upstart's error message (section 6). */
import type { ClassEntry } from './model.js';
import type { CommandError, CommandOutcome } from './contract.js';
import type { CoreState } from './core-state.js';
import { copiesOf, copyNames, INSTANCE_VARIABLE, withNumber, type Copies } from './copies.js';
import { assign, firstInvalid, type Environment } from './environment.js';
import { expand } from './expansion.js';
import { classEnvironment } from './job/process-environment.js';

export type Refusal = Extract<CommandOutcome, { ok: false }>;

export type Lookup =
  | {
      readonly ok: true;
      readonly entry: ClassEntry;
      readonly instance: string;
      /** the class's environment with the given variables */
      readonly environment: Environment;
    }
  | Refusal;

export function refuse(error: CommandError, message: string): Refusal {
  return { ok: false, error, message };
}

interface Wanted {
  readonly name: string;
  readonly env: readonly string[];
  /** the name of an existing instance, if known instead of its variables */
  readonly instance?: string | undefined;
  /** omit the job file's `usage` if a parameter is missing, as Upstart's restart does (section 13.8) */
  readonly withoutUsage?: boolean;
}

/** Finds the class and names the instance. */
export function lookUp(
  core: CoreState,
  { name, env, instance: named, withoutUsage = false }: Wanted,
): Lookup {
  if (name === '') return refuse('invalid-argument', 'Name may not be empty string');
  const entry = core.classes.get(name);
  if (entry === undefined) return refuse('unknown-job', `Unknown job: ${name}`);
  const invalid = checkEnvironment(env);
  if (invalid !== undefined) return invalid;

  const environment = classEnvironment(core.options, entry.active);
  assign(environment, env);
  const copies = copiesOf(core.options, entry);
  if (copies !== undefined) return lookUpCopy(entry, copies, named ?? numberIn(env), environment);
  if (named !== undefined) return { ok: true, entry, instance: named, environment };
  const instance = expand(entry.active.instance ?? '', environment);
  if (instance.ok) return { ok: true, entry, instance: instance.text, environment };

  const hint = !withoutUsage && entry.active.usage !== undefined ? `\nUsage: ${entry.active.usage}` : '';
  const error = instance.error === 'unknown-parameter' ? 'unknown-parameter' : 'invalid-argument';
  return refuse(error, `${instance.message}${hint}`);
}

/** Returns the copy number in a command; in an event, a variable of this name refers to another job. */
export function numberIn(env: readonly string[]): string | undefined {
  const prefix = `${INSTANCE_VARIABLE}=`;
  return env.findLast((variable) => variable.startsWith(prefix))?.slice(prefix.length);
}

/** @param name `""` is no copy: it means the class as a whole */
function lookUpCopy(
  entry: ClassEntry,
  copies: Copies,
  name: string | undefined,
  environment: Environment,
): Lookup {
  if (name === undefined) return refuse('unknown-parameter', `Unknown parameter: ${INSTANCE_VARIABLE}`);
  const isKnown = name === '' || entry.jobs.has(name) || copyNames(copies).includes(name);
  if (!isKnown) return refuse('unknown-instance', `Unknown instance: ${name}`);
  return { ok: true, entry, instance: name, environment: withNumber(environment, name) };
}

/** Checks that variables from outside are `KEY=VALUE`. */
export function checkEnvironment(env: readonly string[]): Refusal | undefined {
  if (firstInvalid(env) === undefined) return undefined;
  return refuse('invalid-argument', 'Env must be KEY=VALUE pairs');
}

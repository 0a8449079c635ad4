/**
 * The definition of a stanza. The table in `table.ts` consists of these, and drives both parsers, the linter,
 * both writers, the JSON schema, the reference page and completion.
 */
import type { Argument } from './argument.js';
import type { Draft, Syntax } from '../draft.js';
import { DEFAULTS, type JobClass } from '../job-class/job-class.js';
import type { CommandText, ProcessName } from '../job-class/values.js';

/** A fragment of a JSON schema (draft 7). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How the text after a stanza's name is parsed and written: one list of words per line. */
type StanzaBody =
  /** nothing is parsed: the next stanza may follow on the line (`manual`, `debug`) */
  | {
      readonly kind: 'word';
      readonly apply: (draft: Draft) => void;
      readonly write: (job: JobClass) => boolean;
    }
  | {
      readonly kind: 'flag';
      readonly apply: (draft: Draft, on: boolean) => void;
      readonly write: (job: JobClass) => boolean;
    }
  | {
      readonly kind: 'arguments';
      readonly arguments: readonly Argument[];
      /** `values` are those given for `arguments` */
      readonly apply: (draft: Draft, values: readonly unknown[]) => void;
      readonly write: (job: JobClass, syntax: Syntax) => readonly (readonly string[])[];
    }
  /** one or more arguments of one kind */
  | {
      readonly kind: 'list';
      readonly of: Argument;
      readonly apply: (draft: Draft, values: readonly unknown[]) => void;
      readonly write: (job: JobClass) => readonly string[];
    }
  /** a command that is not a process of the job */
  | {
      readonly kind: 'line';
      readonly apply: (draft: Draft, command: CommandText) => void;
      readonly write: (job: JobClass) => CommandText | undefined;
    }
  | { readonly kind: 'command' | 'script'; readonly process: ProcessName }
  | { readonly kind: 'expression'; readonly field: 'startOn' | 'stopOn' };

export const TOPICS = [
  'About the job',
  'Processes',
  'Starting and stopping',
  'Readiness',
  'Health',
  'Environment',
  'Ending and respawning',
  'Output',
  'Privileges and resources',
] as const;

export interface Stanza {
  /** the words that begin it: `kill timeout` */
  readonly name: string;
  readonly topic: (typeof TOPICS)[number];
  readonly origin: 'Upstart' | 'foster';
  readonly body: StanzaBody;
  /** true if further ones add to earlier ones; otherwise the last one counts */
  readonly accumulates?: true;
  /** in words, if it differs from that of its single field in job-class.ts */
  readonly default?: string;
  /** what it does, in a few short sentences */
  readonly meaning: string;
  /** the fields of the class that it sets, as JSON */
  readonly fields: Readonly<Record<string, JsonSchema>>;
}

type Values<Arguments extends readonly Argument[]> = {
  -readonly [Index in keyof Arguments]: Arguments[Index] extends Argument<infer Value> ? Value : never;
};

/**
 * Makes the body of a stanza with a fixed list of arguments.
 *
 * @param list the arguments; optional ones come last
 * @param apply gets the decoded values, undefined for omitted ones
 * @param write returns the words of each line that express the class
 */
export function takes<const Arguments extends readonly Argument[]>(
  list: Arguments,
  apply: (draft: Draft, ...values: Values<Arguments>) => void,
  write: (job: JobClass, syntax: Syntax) => readonly (readonly string[])[],
): StanzaBody {
  return {
    kind: 'arguments',
    arguments: list,
    // the parsers decode with this very list, so the values have its types
    apply: (draft, values) => apply(draft, ...(values as Values<Arguments>)),
    write,
  };
}

/** Makes the body of a stanza that takes one or more words of one kind. */
export function takesMany<Value>(
  of: Argument<Value>,
  apply: (draft: Draft, values: readonly Value[]) => void,
  write: (job: JobClass) => readonly string[],
): StanzaBody {
  return { kind: 'list', of, apply: (draft, values) => apply(draft, values as readonly Value[]), write };
}

type FieldsOf<Value> = {
  [Field in keyof JobClass]-?: JobClass[Field] extends Value | undefined ? Field : never;
}[keyof JobClass];

/** Makes the body of a stanza that sets one field to one value. */
export function takesField<Field extends FieldsOf<string | number | boolean>>(
  field: Field,
  argument: Argument<NonNullable<JobClass[Field]>>,
): StanzaBody {
  // undefined if there is none: then every value is written
  const defaults: Partial<JobClass> = DEFAULTS;
  return takes(
    [argument],
    (draft, value) => {
      Object.assign(draft, { [field]: value });
    },
    (job) => (job[field] === defaults[field] ? [] : [[String(job[field])]]),
  );
}

/** Makes the body of a stanza without arguments. */
export function flag(field: FieldsOf<true>): StanzaBody {
  return {
    kind: 'flag',
    apply: (draft, on) => {
      if (on) Object.assign(draft, { [field]: true });
      else Reflect.deleteProperty(draft, field);
    },
    write: (job) => job[field] === true,
  };
}

/** The options of a supervisord program, with their variables expanded. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { literalOf, type Piece } from '../shell-text.js';
import { expandPercent, type Variables } from './expand.js';
import type { SupervisordOption, SupervisordSection } from './ini.js';

export interface CopyRange {
  readonly count: number;
  readonly first: number;
}

export interface Program {
  readonly section: SupervisordSection;
  /** of the job */
  readonly name: string;
  readonly variables: Variables;
  /** the range of numprocs, when the job stands for all processes */
  readonly copies?: CopyRange;
  /** `user`, `directory` and `umask` of [supervisord], for programs without them */
  readonly inherited: readonly SupervisordOption[];
  /** `environment` of [supervisord] */
  readonly shared: SupervisordOption | undefined;
}

/** The options of a program, with variables expanded. */
export class ProgramOptions {
  constructor(
    readonly program: Program,
    readonly service: ServiceBuilder,
  ) {}

  get section(): SupervisordSection {
    return this.program.section;
  }

  has(key: string): boolean {
    return this.option(key) !== undefined;
  }

  option(key: string): SupervisordOption | undefined {
    return this.section.options.find((option) => option.key === key);
  }

  origin({ line, key, value, comments }: SupervisordOption): Origin {
    return { file: this.section.file, line, word: key, value, comments };
  }

  /** Returns the text with its variables; undefined, with a finding, if supervisord would reject it. */
  pieces(option: SupervisordOption, text = option.value): readonly Piece[] | undefined {
    const expanded = expandPercent(text, this.program.variables);
    if (expanded.ok) return expanded.pieces;
    this.service.dropped(this.origin(option), `supervisord would reject it: ${expanded.why}`);
    return undefined;
  }

  /** Returns the text for a stanza that cannot use the environment of the start. */
  literal(option: SupervisordOption): string | undefined {
    const pieces = this.pieces(option);
    if (pieces === undefined) return undefined;
    const literal = literalOf(pieces);
    if (literal === undefined)
      this.service.dropped(
        this.origin(option),
        'its value comes from the environment of supervisord, which is not known here',
        'the same import with the variable set',
      );
    return literal;
  }

  /** Returns an integer; undefined if there is none. */
  number(key: string): number | undefined {
    const option = this.option(key);
    const text =
      option === undefined ? undefined : literalOf(expandedOr(option.value, this.program.variables));
    return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
  }

  isTrue(key: string): boolean {
    return isTrue(this.option(key)?.value);
  }
}

function expandedOr(text: string, variables: Variables): readonly Piece[] {
  const expanded = expandPercent(text, variables);
  return expanded.ok ? expanded.pieces : [{ text }];
}

export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:true|yes|on|1)$/i.test(value);
}

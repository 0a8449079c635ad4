/** Merges a unit's file and its drop-ins. Pure. */
import type { Origin } from '../model.js';
import { expandSpecifiers } from './specifiers.js';
import { literalOf, type Piece } from '../shell-text.js';
import type { UnitEntry, UnitFile } from './unit-file.js';
import { stemOf, type UnitName } from './unit-name.js';
import { unitWords } from './unit-words.js';

/** A unit with its drop-ins in order of precedence. */
export class Unit {
  readonly entries: readonly UnitEntry[];
  readonly head: readonly string[];

  constructor(
    readonly name: UnitName,
    readonly files: readonly UnitFile[],
    /** whether the machine starts it at boot; undefined when the files do not tell (enabled.ts) */
    readonly isEnabled?: boolean,
  ) {
    this.entries = files.flatMap((file) => file.entries);
    this.head = files.flatMap((file) => file.head);
  }

  get path(): string {
    return this.files[0]?.path ?? this.fileName;
  }

  get fileName(): string {
    return `${stemOf(this.name)}.${this.name.type}`;
  }

  get isTemplate(): boolean {
    return this.name.instance === '';
  }

  /** Returns all values of a setting that accumulates: an empty value resets it. */
  all(section: string, ...keys: readonly string[]): readonly UnitEntry[] {
    let values: UnitEntry[] = [];
    for (const entry of this.entries) {
      if (entry.section !== section || !keys.includes(entry.key)) continue;
      values = entry.value === '' ? [] : [...values, entry];
    }
    return values;
  }

  /** Returns the effective value, which is the last; undefined also when it is empty. */
  last(section: string, ...keys: readonly string[]): UnitEntry | undefined {
    const entry = this.entries.findLast((one) => one.section === section && keys.includes(one.key));
    return entry === undefined || entry.value === '' ? undefined : entry;
  }

  /** Returns the effective entries: all values of settings that accumulate, the last of others. */
  effective(section: string, addsUp: (key: string) => boolean): readonly UnitEntry[] {
    const counting = new Set<UnitEntry>();
    const keys = new Set(this.entries.filter((entry) => entry.section === section).map(({ key }) => key));
    for (const key of keys) {
      const last = this.last(section, key);
      for (const entry of addsUp(key) ? this.all(section, key) : last === undefined ? [] : [last])
        counting.add(entry);
    }
    return this.entries.filter((entry) => counting.has(entry));
  }

  pieces(text: string): readonly Piece[] {
    return expandSpecifiers(text, this.name);
  }

  /** Returns the text with its specifiers expanded, if that needs no shell. */
  literal(text: string): string | undefined {
    return literalOf(this.pieces(text));
  }

  /** Returns the words of a list with quotes and escapes resolved. */
  words(entry: UnitEntry): readonly string[] {
    return (unitWords(entry.value) ?? []).map(({ text }) => text);
  }
}

export function originOf({ file, line, key, value, comments }: UnitEntry): Origin {
  return { file, line, word: key, value, comments };
}

/** Tests for systemd's spellings of true. */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|yes|y|true|t|on)$/i.test(value);
}

export function isNo(value: string | undefined): boolean {
  return value !== undefined && /^(?:0|no|n|false|f|off)$/i.test(value);
}

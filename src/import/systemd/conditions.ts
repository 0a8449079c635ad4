/** Converts `ConditionX=` and `AssertX=` of systemd.unit(5) to shell tests for a pre-start. Pure. */
import { pieceWord, shellWord } from '../shell-text.js';
import type { UnitEntry } from './unit-file.js';
import { isYes, type Unit } from './unit.js';

/** Tests for literal values; the word is quoted already. */
const TESTS: Readonly<Record<string, (word: string, value: string) => string | undefined>> = {
  PathExists: (word) => `[ -e ${word} ]`,
  PathExistsGlob: (_, value) =>
    /^[A-Za-z0-9_@%+:,./*?[\]-]+$/.test(value) ? `ls -d ${value} >/dev/null 2>&1` : undefined,
  PathIsDirectory: (word) => `[ -d ${word} ]`,
  PathIsSymbolicLink: (word) => `[ -L ${word} ]`,
  PathIsMountPoint: (word) => `mountpoint -q ${word}`,
  PathIsReadWrite: (word) => `[ -w ${word} ]`,
  DirectoryNotEmpty: (word) => `[ -n "$(ls -A ${word} 2>/dev/null)" ]`,
  FileNotEmpty: (word) => `{ [ -f ${word} ] && [ -s ${word} ]; }`,
  FileIsExecutable: (word) => `{ [ -f ${word} ] && [ -x ${word} ]; }`,
  KernelCommandLine: (word, value) =>
    value.includes('=')
      ? `tr ' ' '\\n' </proc/cmdline | grep -qxF -e ${word}`
      : `tr ' ' '\\n' </proc/cmdline | cut -d= -f1 | grep -qxF -e ${word}`,
  Host: (word) => `case "$(uname -n)" in ${word}) ;; *) false ;; esac`,
  Environment: (word, value) =>
    value.includes('=') ? `env | grep -qxF -e ${word}` : `env | cut -d= -f1 | grep -qxF -e ${word}`,
  User: (word, value) =>
    value === '@system'
      ? '[ "$(id -u)" -lt 1000 ]'
      : `{ [ "$(id -un)" = ${word} ] || [ "$(id -u)" = ${word} ]; }`,
  Group: (word) => `id -Gn | tr ' ' '\\n' | grep -qxF -e ${word}`,
  ACPower: (_, value) => {
    const onBattery = 'grep -qs 0 /sys/class/power_supply/*/online';
    return isYes(value) ? `! ${onBattery}` : onBattery;
  },
  Architecture: (_, value) => {
    const names: Readonly<Record<string, string>> = { 'x86-64': 'x86_64', arm64: 'aarch64', x86: 'i?86' };
    const name = names[value] ?? value;
    return /^[A-Za-z0-9_?]+$/.test(name) ? `case "$(uname -m)" in ${name}) ;; *) false ;; esac` : undefined;
  },
  Virtualization: (word) =>
    `systemd-detect-virt -q ${/^(?:vm|container)$/.test(word) ? `--${word}` : ''}`.trim(),
};

interface ConditionTest {
  readonly entry: UnitEntry;
  /** tells `Assert` from `Condition` */
  readonly isAssertion: boolean;
  /** one of several of which one is enough (`|`) */
  readonly isTrigger: boolean;
  /** undefined when the shell cannot test it */
  readonly test: string | undefined;
}

export function conditionTest(entry: UnitEntry, unit: Unit): ConditionTest | undefined {
  const kind = /^(Condition|Assert)(\w+)$/.exec(entry.key);
  if (kind === null) return undefined;
  const [, prefixes = '', value = ''] = /^([|!\s]*)(.*)$/s.exec(entry.value) ?? [];
  const make = Object.hasOwn(TESTS, kind[2]!) ? TESTS[kind[2]!] : undefined;
  const literal = unit.literal(value);
  const positive = make?.(
    literal === undefined ? pieceWord(unit.pieces(value)) : shellWord(literal),
    literal ?? '',
  );
  const negated = prefixes.includes('!');
  // `! ! command` is not portable
  const opposite = positive?.startsWith('! ') === true ? positive.slice(2) : `! ${positive ?? ''}`;
  return {
    entry,
    isAssertion: kind[1] === 'Assert',
    isTrigger: prefixes.includes('|'),
    test: positive === undefined ? undefined : negated ? opposite : positive,
  };
}

/**
 * Returns the lines of a pre-start that fails unless the conditions are met; triggers count as one condition.
 */
export function conditionLines(conditions: readonly ConditionTest[]): readonly string[] {
  const known = conditions.filter(({ test }) => test !== undefined);
  const plain = known.filter(({ isTrigger }) => !isTrigger);
  const triggers = known.filter(({ isTrigger }) => isTrigger);
  const lines = plain.map(({ entry, test }) => unless(test!, `${entry.key}=${entry.value}`));
  // one that cannot be tested might be the one that is met
  const complete = conditions.every(({ isTrigger, test }) => !isTrigger || test !== undefined);
  if (triggers.length > 0 && complete) {
    const any = triggers.map(({ test }) => test!).join(' || ');
    lines.push(unless(`{ ${any}; }`, 'none of its | conditions'));
  }
  return lines;
}

function unless(test: string, what: string): string {
  return `${test} || { echo ${shellWord(`not started: ${what.replaceAll('\n', ' ')}`)} >&2; exit 1; }`;
}

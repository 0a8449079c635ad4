/** Formats the moves of the rules engine, and the reason for a process's place, for people. */
import { directoryOf, type Placement } from '../../rules/placement.js';
import type { Move } from '../../rules/engine.js';
import type { Considered } from '../../rules/match.js';
import type { Made } from '../../rules/templates/making.js';
import { position, type Who } from '../../rules/rule.js';
import type { Subject } from '../../rules/subject.js';

/**
 * Returns `move: pid=812 uid=1000 gid=1000 name=/usr/bin/make rule=/etc/cgrules.conf:4
 * to=/sys/fs/cgroup/cpu/students`.
 */
export function moveLine({ subject, rule, places }: Move): string {
  const to = places.map(({ directory }) => directory).join(',');
  return `move: ${subjectWords(subject)} rule=${position(rule)} to=${to}`;
}

/** Returns a move as an object, for `--json`. */
export function moveJson({ subject, rule, places }: Move): Readonly<Record<string, unknown>> {
  return { type: 'move', ...subject, rule: position(rule), to: places.map(({ directory }) => directory) };
}

/** Returns `make: group=/sys/fs/cgroup/cpu/students/ann template=/etc/cgconfig.conf:3`. */
export function madeLine({ directory, template }: Made): string {
  return `make: group=${directory}${template === undefined ? '' : ` template=${position(template)}`}`;
}

export function madeJson({ directory, template }: Made): Readonly<Record<string, unknown>> {
  return {
    type: 'make',
    group: directory,
    ...(template !== undefined && { template: position(template) }),
  };
}

function subjectWords({ pid, uid, gid, name }: Subject): string {
  return `pid=${pid} uid=${uid} gid=${gid} name=${name}`;
}

/** Why a process is where it is. */
export interface Explanation {
  readonly subject: Subject;
  readonly considered: readonly Considered[];
  /** of the rule that applies */
  readonly placement: Placement | undefined;
  /** its groups that do not exist yet */
  readonly toMake: readonly Made[];
  /** as /proc/PID/cgroup shows them */
  readonly groups: ReadonlyMap<string, string>;
}

const VERDICTS: Readonly<Record<Considered['verdict'], string>> = {
  matches: 'counts: it is the first that matches',
  'another user': 'not this user or group',
  'another process': 'not this process name',
  'not in the ignored group': 'leaves alone what is in its group, and this process is not',
};

export function explanationLines(explanation: Explanation): readonly string[] {
  const { subject, considered } = explanation;
  return [
    `process ${subjectWords(subject)}`,
    ...considered.map(
      ({ rule, verdict }) =>
        `    ${position(rule)}  ${whoText(rule.who)}${rule.process === undefined ? '' : `:${rule.process}`}: ${VERDICTS[verdict]}`,
    ),
    ...outcomeLines(explanation),
  ];
}

function outcomeLines({ considered, placement, toMake, groups }: Explanation): readonly string[] {
  const last = considered.at(-1);
  if (last?.verdict !== 'matches') return ['no rule matches: it stays beside its parent'];
  if (last.rule.ignore) return ['the rule says ignore: it stays where it is'];
  const lines = (placement?.places ?? []).map(({ hierarchy, directory }) => {
    const now = directoryOf(hierarchy, groups);
    const words = now === directory ? 'it is there' : `it is in ${now ?? 'none'}`;
    return `    ${directory}: ${words}`;
  });
  const isElsewhere = lines.some((line) => !line.endsWith('it is there'));
  return [
    'it should be in',
    ...lines,
    ...(placement?.problems ?? []).map((problem) => `    ${problem}`),
    ...toMake.map((made) => `    ${made.directory} is not there: ${originText(made)}`),
    ...(isElsewhere
      ? [
          'it is elsewhere: the engine does not run, the process was made sticky, or the group cannot be entered',
        ]
      : []),
  ];
}

function originText({ template }: Made): string {
  return template === undefined
    ? 'it will be made as the kernel makes it'
    : `it will be made by the template at ${position(template)}`;
}

export function explanationJson(explanation: Explanation): Readonly<Record<string, unknown>> {
  const { subject, considered, placement, toMake, groups } = explanation;
  return {
    ...subject,
    considered: considered.map(({ rule, verdict }) => ({ rule: position(rule), verdict })),
    places: (placement?.places ?? []).map(({ hierarchy, directory }) => ({
      to: directory,
      now: directoryOf(hierarchy, groups) ?? null,
    })),
    toMake: toMake.map(({ directory, template }) => ({
      group: directory,
      template: template === undefined ? null : position(template),
    })),
    problems: placement?.problems ?? [],
  };
}

function whoText(who: Who): string {
  switch (who.kind) {
    case 'everyone':
      return '*';
    case 'user':
      return who.name;
    case 'group':
      return `@${who.name}`;
  }
}

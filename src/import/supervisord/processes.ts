/** The processes of a program (`numprocs`) and their groups. */
import { literalOf } from '../shell-text.js';
import { parseEnvironment } from './environment.js';
import { type Variables, expandPercent } from './expand.js';
import type { SupervisordSection, SupervisordOption } from './ini.js';
import type { CopyRange } from './options.js';

interface Process {
  readonly name: string;
  readonly variables: Variables;
  readonly copies?: CopyRange;
}

interface Group {
  readonly name: string;
  readonly section: SupervisordSection;
}

/** Returns the group of each program. */
export function groupsOf(sections: readonly SupervisordSection[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const section of sections) {
    if (!section.name.startsWith('group:')) continue;
    const name = section.name.slice('group:'.length).trim();
    const programs = section.options.find(({ key }) => key === 'programs')?.value.split(/[\s,]+/) ?? [];
    for (const program of programs) if (program !== '') groups.set(program, { name, section });
  }
  return groups;
}

/** Returns as many processes as numprocs says, each with its own variables; or why there are none. */
export function processesOf(
  section: SupervisordSection,
  program: string,
  group: Group | undefined,
  { shared, place }: { shared: SupervisordOption | undefined; place: Place },
): readonly Process[] | string {
  const find = (key: string): string | undefined =>
    section.options.find((option) => option.key === key)?.value;
  const base: Record<string, Variables[string]> = {
    here: place.here,
    host_node_name: { code: '$(uname -n)' },
    program_name: program,
    group_name: group?.name ?? program,
    ...variablesOf(shared),
  };
  const count = numberOf(find('numprocs') ?? '1', { ...knownEnvironment(place.environment), ...base });
  if (count === undefined)
    return `has numprocs=${find('numprocs') ?? ''}, which is no number; set the variable for the import (NAME=8 foster import ...)`;
  if (count > MOST_PROCESSES)
    return `has numprocs=${count}: ${MOST_PROCESSES} are the most that an import makes`;
  const first = numberOf(find('numprocs_start') ?? '0', base) ?? 0;
  const pattern = find('process_name') ?? '%(program_name)s';
  const own = variablesOf(section.options.find(({ key }) => key === 'environment'));
  if (count > 1 && fitsOneFile(section)) {
    const variables = { ...base, ...own, process_num: { code: '${INSTANCE}' }, numprocs: count };
    const name = group === undefined ? program : `${group.name}/${program}`;
    return [{ name, variables, copies: { count, first } }];
  }
  return Array.from({ length: count }, (_, index) => {
    const variables = { ...base, ...own, process_num: first + index, numprocs: count };
    const expanded = expandPercent(pattern, variables);
    const literal = expanded.ok ? literalOf(expanded.pieces) : undefined;
    // make names unique even if process_name does not
    const named = literal ?? program;
    const name = count > 1 && !pattern.includes('%(process_num)') ? `${named}_${first + index}` : named;
    return { name: group === undefined ? name : `${group.name}/${name}`, variables };
  });
}

/** Options in which the shell or foster can insert the number of a process at the start. */
const TAKES_NUMBER = [
  'command',
  'environment',
  'directory',
  'process_name',
  'stdout_logfile',
  'stderr_logfile',
];

/** Tests whether one job with `instances` can stand for all processes of the program. */
function fitsOneFile({ name, options }: SupervisordSection): boolean {
  return (
    name.startsWith('program:') &&
    options.every(({ key, value }) => TAKES_NUMBER.includes(key) || !value.includes('%(process_num)'))
  );
}

/** More files than this would be unmanageable. */
const MOST_PROCESSES = 1000;
function numberOf(text: string, variables: Variables): number | undefined {
  const expanded = expandPercent(text, variables);
  const literal = expanded.ok ? literalOf(expanded.pieces) : undefined;
  return literal !== undefined && /^\d+$/.test(literal.trim()) ? Number(literal) : undefined;
}

/**
 * Returns the variables of an `environment` for `%(ENV_X)s`; those that contain variables are left to the
 * shell.
 */
function variablesOf(option: SupervisordOption | undefined): Variables {
  const parsed = option === undefined ? undefined : parseEnvironment(option.value);
  if (parsed?.ok !== true) return {};
  const literal = parsed.variables.filter(([, value]) => !/%(?!%)/.test(value));
  return Object.fromEntries(literal.map(([key, value]) => [`ENV_${key}`, value.replaceAll('%%', '%')]));
}

export function knownEnvironment(environment: Readonly<Record<string, string | undefined>>): Variables {
  const entries = Object.entries(environment).flatMap(([key, value]) =>
    value === undefined ? [] : [[`ENV_${key}`, value] as const],
  );
  return Object.fromEntries(entries);
}

export interface Place {
  readonly here: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Imports the order of programs: priorities, and the extension supervisord-dependent-startup. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { isTrue } from './options.js';
import type { SupervisordOption, SupervisordSection } from './ini.js';

export interface Ordered {
  readonly section: SupervisordSection;
  readonly program: string;
  readonly service: ServiceBuilder;
  readonly group: { readonly name: string; readonly section: SupervisordSection } | undefined;
}

const DEFAULT_PRIORITY = 999;

export function addOrder(all: readonly Ordered[]): void {
  addPriorities(all);
  for (const each of all) addDependentStartup(each, all);
}

/** Sets the order: lower numbers start first, but do not wait until the one before is up. */
function addPriorities(all: readonly Ordered[]): void {
  const levels = [...new Set(all.map(rankOf))].sort((one, other) => one - other);
  for (const each of all) {
    const option =
      optionOf(each.section, 'priority') ??
      (each.group === undefined ? undefined : optionOf(each.group.section, 'priority'));
    const before = levels[levels.indexOf(rankOf(each)) - 1];
    const others = all
      .filter((other) => other.service.startsItself && rankOf(other) === before)
      .map(({ service }) => service.name);
    const isStated = option !== undefined && optionOf(each.section, 'priority') !== undefined;
    if (before === undefined || others.length === 0 || !each.service.startsItself) {
      if (isStated)
        each.service.found(originOf(each.section, option), {
          verdict: 'kept',
          as: 'nothing: no other one starts before it',
        });
      continue;
    }
    if (isStated)
      each.service.approximated(
        originOf(each.section, option),
        'it waits until those of the number before are up',
        'after',
        ...others,
      );
    else each.service.implied('after', ...others);
  }
}

function rankOf({ section, group }: Ordered): number {
  const own = priority(section);
  const outer = group === undefined ? own : priority(group.section);
  return outer * 10_000 + own;
}

function priority(section: SupervisordSection): number {
  const value = optionOf(section, 'priority')?.value ?? '';
  return /^-?\d+$/.test(value) ? Number(value) : DEFAULT_PRIORITY;
}

/**
 * Imports `dependent_startup_wait_for=NAME:running OTHER:exited`, with which an event listener starts such a
 * program.
 */
function addDependentStartup({ section, service, group }: Ordered, all: readonly Ordered[]): void {
  const waits = optionOf(section, 'dependent_startup_wait_for');
  const switched = optionOf(section, 'dependent_startup');
  if (waits === undefined) {
    if (switched === undefined) return;
    const origin = originOf(section, switched);
    if (!isTrue(switched.value)) return service.builtIn(origin);
    service.startOn('startup');
    return service.found(origin, { verdict: 'kept', as: 'start on = startup' });
  }
  if (switched !== undefined) service.found(originOf(section, switched), { verdict: 'kept', as: 'start on' });
  const events = waits.value.split(/\s+/).map((word) => {
    const [name = '', state = 'running'] = word.split(':');
    const other = all.find(({ program, service: job }) => program === name || job.name === name);
    const verb = /^(?:exited|stopped|fatal)$/i.test(state) ? 'stopped' : 'started';
    return other === undefined || other.service === service ? undefined : `${verb} ${other.service.name}`;
  });
  const known = events.filter((event) => event !== undefined);
  const origin = originOf(section, waits);
  if (known.length < events.length || known.length === 0) {
    service.startOn('startup');
    const why = `a program that it waits for is not in this file: it starts with the others${group === undefined ? '' : ' of its group'}`;
    service.dropped(origin, why, '`start on = started JOB`');
    return;
  }
  service.startOn(known.length === 1 ? known[0]! : `(${known.join(' and ')})`);
  service.found(origin, {
    verdict: 'approximated',
    as: `start on = ${known.join(' and ')}`,
    how: 'it starts again when they do',
  });
}

function optionOf(section: SupervisordSection, key: string): SupervisordOption | undefined {
  return section.options.find((option) => option.key === key);
}

function originOf(section: SupervisordSection, { line, key, value, comments }: SupervisordOption): Origin {
  return { file: section.file, line, word: key, value, comments };
}

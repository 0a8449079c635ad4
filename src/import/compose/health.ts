/** Imports `healthcheck` of a service. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { commandLine } from '../shell-text.js';
import { duration, isMap, scalar, scalars } from './model.js';

export function addHealth(service: ServiceBuilder, value: unknown, origin: Origin): void {
  if (!isMap(value)) return;
  const command = commandOf(value['test']);
  if (value['disable'] === true || command === 'none') {
    service.found(origin, { verdict: 'kept', as: 'nothing: there is no check' });
    return;
  }
  if (command === undefined) {
    service.dropped(origin, 'it has no test');
    return;
  }
  if (!service.kept({ ...origin, value: command }, 'health exec', command)) return;
  // Docker only marks an unhealthy container
  service.implied('health action', 'mark');
  for (const [key, stanza, usual] of TIMES) {
    const seconds = duration(value[key]);
    const own = { ...origin, word: `healthcheck.${key}`, value: scalar(value[key]) ?? '', comments: [] };
    if (value[key] !== undefined && (seconds === undefined || (seconds === 0 && key !== 'start_period')))
      service.dropped(own, 'it is not a duration');
    else if (seconds !== undefined) service.kept(own, stanza, String(Math.round(seconds * 1000) / 1000));
    else if (usual !== undefined) service.implied(stanza, usual);
  }
  const retries = scalar(value['retries']);
  if (retries !== undefined)
    service.kept(
      { ...origin, word: 'healthcheck.retries', value: retries, comments: [] },
      'health retries',
      retries,
    );
  if (value['start_interval'] !== undefined)
    service.dropped(
      { ...origin, word: 'healthcheck.start_interval', comments: [] },
      'checks have one interval',
    );
}

/** Docker's defaults. */
const TIMES = [
  ['interval', 'health interval', '30'],
  ['timeout', 'health timeout', '30'],
  ['start_period', 'health start period', undefined],
] as const;

/**
 * Returns the command: `[CMD, ...]` is a list of words; `[CMD-SHELL, LINE]` and a text are a line for the
 * shell.
 */
function commandOf(test: unknown): string | undefined {
  if (typeof test === 'string') return test;
  const [kind, ...words] = scalars(test);
  if (kind === 'NONE') return 'none';
  if (kind === 'CMD-SHELL') return words.join(' ');
  if (kind === 'CMD') return words.length === 0 ? undefined : commandLine(words);
  return scalar(test);
}

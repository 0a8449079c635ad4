/** `healthcheck` of a service. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { commandLine } from '../shell-text.js';
import { isMap, scalar, scalars } from './model.js';

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
  service.dropped(
    { ...origin, value: command },
    'foster has no health check that runs a command',
    '`ready port` or `ready log` for the start, and a job with `schedule` that restarts this one when the check fails',
  );
}

/** `[CMD, ...]` is words, `[CMD-SHELL, LINE]` and a text are a line of the shell. */
function commandOf(test: unknown): string | undefined {
  if (typeof test === 'string') return test;
  const [kind, ...words] = scalars(test);
  if (kind === 'NONE') return 'none';
  if (kind === 'CMD-SHELL') return words.join(' ');
  if (kind === 'CMD') return words.length === 0 ? undefined : commandLine(words);
  return scalar(test);
}

/** Imports `depends_on` and its conditions. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import type { SourceOf } from './comments.js';
import { isMap, scalar, scalars, type Values } from './model.js';

export interface ComposeJob {
  readonly key: string;
  readonly values: Values;
  readonly service: ServiceBuilder;
  readonly source: SourceOf;
}

export function addDependencies(jobs: readonly ComposeJob[]): void {
  for (const { values, service, source } of jobs) {
    const stated = values['depends_on'];
    const entries = isMap(stated)
      ? Object.entries(stated)
      : scalars(stated).map((name) => [name, {}] as const);
    for (const [name, options] of entries) {
      const other = jobs.find(({ key }) => key === name);
      const origin: Origin = { ...source('depends_on'), word: 'depends_on', value: name };
      if (other === undefined)
        service.dropped(
          origin,
          'no job is made of this service',
          '`after = JOB`, where something else on the machine does its work',
        );
      else depend(service, other, isMap(options) ? options : {}, origin);
    }
    for (const name of scalars(values['links']))
      service.dropped(
        { ...source('links'), word: 'links', value: name },
        'names of services are no host names: 127.0.0.1 takes their place',
      );
  }
}

function depend(service: ServiceBuilder, other: ComposeJob, options: Values, origin: Origin): void {
  const condition = scalar(options['condition']) ?? 'service_started';
  const restarts = options['restart'] === true;
  if (condition === 'service_completed_successfully') {
    if (!other.service.has('task')) other.service.implied('task');
    service.kept(origin, 'requires', other.service.name);
    return;
  }
  const stanza = restarts ? 'requires' : 'after';
  if (condition === 'service_healthy')
    service.approximated(
      origin,
      'it waits until the other one is up, not until its health check passes',
      stanza,
      other.service.name,
    );
  else service.kept(origin, stanza, other.service.name);
}

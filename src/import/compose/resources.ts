/** Limits, resources and replicas of a Compose service. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { amount, isMap, scalar, type Setting, type Values } from './model.js';
import { policy } from './restart.js';

export function ulimits({ service, value, origin }: Setting): void {
  if (!isMap(value)) return;
  for (const [index, [name, limit]] of Object.entries(value).entries()) {
    const soft = isMap(limit) ? scalar(limit['soft']) : scalar(limit);
    const hard = isMap(limit) ? (scalar(limit['hard']) ?? soft) : soft;
    const own = {
      ...origin,
      word: `ulimits.${name}`,
      value: scalar(limit) ?? JSON.stringify(limit),
      comments: index === 0 ? (origin.comments ?? []) : [],
    };
    const words = [soft, hard].map((one) => (one === '-1' || one === undefined ? 'unlimited' : one));
    service.kept(own, 'limit', name, ...words);
  }
}

export function memory(service: ServiceBuilder, origin: Origin, file: string, value: unknown): void {
  const bytes = amount(value);
  if (bytes === undefined) service.dropped(origin, 'it is not an amount of memory');
  else service.kept(origin, 'cgroup', file, String(bytes));
}

export function cpus(service: ServiceBuilder, origin: Origin, value: unknown): void {
  const count = Number(value);
  if (Number.isFinite(count) && count > 0)
    service.kept(origin, 'cgroup', 'cpu.max', `${Math.max(1, Math.round(count * 100))}%`);
  else service.dropped(origin, 'it is not a number of CPUs');
}

export function deploy({ service, value, origin }: Setting): void {
  if (!isMap(value)) return;
  for (const [key, part] of Object.entries(value)) {
    const own: Origin = {
      ...origin,
      word: `deploy.${key}`,
      value: scalar(part) ?? JSON.stringify(part),
      comments: [],
    };
    if (key === 'resources' && isMap(part)) resources(service, own, part);
    else if (key === 'restart_policy' && isMap(part)) {
      const condition = scalar(part['condition']) ?? 'any';
      policy(
        service,
        own,
        `${condition}${condition === 'on-failure' && scalar(part['max_attempts']) !== undefined ? `:${scalar(part['max_attempts'])!}` : ''}`,
      );
    } else if (key === 'replicas') copies({ service, value: part, origin: own });
    else service.dropped(own, 'it is for a swarm of machines');
  }
}

function resources(service: ServiceBuilder, origin: Origin, value: Values): void {
  for (const [kind, files] of Object.entries(value)) {
    if (!isMap(files)) continue;
    for (const [key, part] of Object.entries(files)) {
      const own = {
        ...origin,
        word: `${origin.word}.${kind}.${key}`,
        value: scalar(part) ?? JSON.stringify(part),
      };
      if (kind === 'limits' && key === 'cpus') cpus(service, own, part);
      else if (kind === 'limits' && key === 'memory') memory(service, own, 'memory.max', part);
      else if (kind === 'limits' && key === 'pids')
        service.kept(own, 'cgroup', 'pids.max', scalar(part) ?? '');
      else if (kind === 'reservations' && key === 'memory') memory(service, own, 'memory.low', part);
      else service.dropped(own, 'foster reserves nothing of this kind');
    }
  }
}

export function copies({ service, value, origin }: Pick<Setting, 'service' | 'value' | 'origin'>): void {
  if (Number(value) === 1) service.found(origin, { verdict: 'kept', as: 'one job' });
  else
    service.approximated(
      origin,
      'copies are no containers: they share the ports and the files of the machine, and tell each other apart by INSTANCE',
      'instances',
      scalar(value) ?? '',
    );
}

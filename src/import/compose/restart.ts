/** When a Compose service is started again. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { type Setting, isMap, scalar } from './model.js';

export function restart({ service, value, origin, compose }: Setting): void {
  if (isMap(compose.values['deploy']) && isMap(compose.values['deploy']['restart_policy'])) {
    service.found(origin, { verdict: 'kept', as: 'see deploy.restart_policy' });
    return;
  }
  policy(service, origin, value === false ? 'no' : (scalar(value) ?? 'no'));
}

/**
 * Sets the restart policy. Docker waits 100 ms before the first restart and doubles the wait each time, up to
 * a minute, until the container has run for 10 s.
 */
export function policy(service: ServiceBuilder, origin: Origin, name: string): void {
  const [kind = '', most] = name.split(':');
  switch (kind) {
    case 'no':
    case 'none':
      service.found(origin, { verdict: 'kept', as: 'nothing: without `respawn` a job is not restarted' });
      return;
    case 'always':
    case 'any':
    case 'unless-stopped':
    case 'on-failure':
      service.kept(origin, 'respawn');
      break;
    default:
      service.dropped(origin, 'compose would reject it');
      return;
  }
  service.implied('respawn delay', '0.1', '60', '10');
  if (kind === 'on-failure') service.implied('normal exit', '0');
  if (most !== undefined && /^\d+$/.test(most))
    service.approximated(
      { ...origin, comments: [] },
      'foster counts restarts within an hour',
      'respawn limit',
      String(Math.max(1, Number(most))),
      '3600',
    );
  else service.implied('respawn limit', 'unlimited');
}

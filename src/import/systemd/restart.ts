/** Imports when a service is restarted: Restart=, RestartSec=, the exit statuses of each, StartLimit*=. */
import { signalName } from '../../jobfile/stanzas/signal-names.js';
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { preciseSeconds, timeSpan, wholeSeconds } from './time-span.js';
import { originOf, type Unit } from './unit.js';

/** signals that count as a clean end, like status 0 (systemd.service(5)) */
const CLEAN_SIGNALS = ['HUP', 'INT', 'TERM', 'PIPE'];

export function addRestart(unit: Unit, service: ServiceBuilder): void {
  const restart = unit.last('Service', 'Restart');
  const policy = restart?.value ?? 'no';
  const origin = restart === undefined ? undefined : originOf(restart);
  const success = statuses(unit, 'SuccessExitStatus');
  const prevented = statuses(unit, 'RestartPreventExitStatus');
  const forced = statuses(unit, 'RestartForceExitStatus');
  const clean = ['0', ...CLEAN_SIGNALS, ...success].filter((status) => !forced.includes(status));
  if (origin !== undefined) addPolicy(service, origin, policy);
  const restarts = service.has('respawn');
  const normal =
    policy.startsWith('on-') && policy !== 'on-success'
      ? [...clean, ...prevented]
      : restarts
        ? prevented
        : success;
  const unique = [...new Set(normal)];
  if (unique.length > 0) service.implied('normal exit', ...unique);
  notes(unit, service, { restarts, policy });
  if (restarts) addStartLimit(unit, service);
}

function addPolicy(service: ServiceBuilder, origin: Origin, policy: string): void {
  switch (policy) {
    case 'no':
      service.found(origin, { verdict: 'kept', as: 'nothing: without `respawn` a job is not restarted' });
      return;
    case 'always':
    case 'on-failure':
      service.kept(origin, 'respawn');
      return;
    case 'on-success':
      service.approximated(origin, 'foster restarts it after a failure, too', 'respawn');
      return;
    case 'on-abnormal':
    case 'on-abort':
    case 'on-watchdog':
      service.approximated(
        origin,
        'foster restarts it after every exit status but those of a success, too',
        'respawn',
      );
      return;
    default:
      service.dropped(origin, 'systemd does not know such a policy and ignores it');
  }
}

function notes(
  unit: Unit,
  service: ServiceBuilder,
  { restarts, policy }: { restarts: boolean; policy: string },
): void {
  for (const entry of unit.all('Service', 'SuccessExitStatus')) {
    if (!restarts || policy.startsWith('on-'))
      service.found(originOf(entry), { verdict: 'kept', as: 'normal exit' });
    else
      service.dropped(
        originOf(entry),
        '`normal exit` would keep the job from its restart (Restart=always): these ends are failures in the log, and restarted',
      );
  }
  for (const entry of unit.all('Service', 'RestartPreventExitStatus')) {
    const how = 'foster does not count such an end as a failure either';
    if (restarts) service.found(originOf(entry), { verdict: 'approximated', as: 'normal exit', how });
    else service.found(originOf(entry), { verdict: 'kept', as: 'nothing: the job is not restarted' });
  }
  for (const entry of unit.all('Service', 'RestartForceExitStatus')) {
    if (restarts)
      service.found(originOf(entry), {
        verdict: 'kept',
        as: 'respawn: such an end is not among `normal exit`',
      });
    else
      service.dropped(
        originOf(entry),
        'foster restarts a job always or never',
        '`respawn = true`, and `normal exit` with all others',
      );
  }
  const delay = unit.last('Service', 'RestartSec');
  if (delay !== undefined) addDelay(unit, service, originOf(delay), restarts);
  // systemd's default of RestartSec=
  else if (restarts) service.implied('respawn delay', '0.1', '0.1', '0.1');
}

function addDelay(unit: Unit, service: ServiceBuilder, origin: Origin, restarts: boolean): void {
  const seconds = timeSpan(origin.value ?? '');
  const most = timeSpan(unit.last('Service', 'RestartMaxDelaySec')?.value ?? '') ?? seconds;
  if (seconds === undefined || most === undefined) {
    service.dropped(origin, 'systemd would reject it: it is not a time span');
    return;
  }
  if (!restarts) {
    service.found(origin, { verdict: 'kept', as: 'nothing: the job is not restarted' });
    return;
  }
  if (seconds === 0) {
    service.kept(origin, 'respawn delay', 'none');
    return;
  }
  const words = [
    preciseSeconds(seconds),
    preciseSeconds(Math.max(most, seconds)),
    preciseSeconds(Math.max(most, seconds)),
  ];
  if (most > seconds)
    service.approximated(
      origin,
      'foster doubles the time from one restart to the next',
      'respawn delay',
      ...words,
    );
  else service.kept(origin, 'respawn delay', ...words);
}

/** Sets the limit: systemd counts all starts, foster only restarts. */
function addStartLimit(unit: Unit, service: ServiceBuilder): void {
  const find = (...keys: readonly string[]) => unit.last('Unit', ...keys) ?? unit.last('Service', ...keys);
  const interval = find('StartLimitIntervalSec', 'StartLimitInterval');
  const burst = find('StartLimitBurst');
  const seconds = interval === undefined ? 10 : timeSpan(interval.value);
  const count = burst === undefined ? 5 : /^\d+$/.test(burst.value) ? Number(burst.value) : undefined;
  for (const [entry, value] of [
    [interval, seconds],
    [burst, count],
  ] as const)
    if (entry !== undefined && value === undefined)
      service.dropped(originOf(entry), 'systemd would reject it: it is no number');
  const isUnlimited = seconds === 0 || count === 0;
  const words = isUnlimited
    ? ['unlimited']
    : [String(Math.max(1, (count ?? 5) - 1)), wholeSeconds(seconds ?? 10)];
  const stated = [interval, burst].filter(
    (entry) => entry !== undefined && (entry === interval ? seconds : count) !== undefined,
  );
  service.implied('respawn limit', ...words);
  for (const entry of stated) {
    const as = `respawn limit = ${words.join(' ')}`;
    const how = '`respawn limit` allows no less than one restart';
    service.found(
      originOf(entry!),
      count === 1 && !isUnlimited ? { verdict: 'approximated', as, how } : { verdict: 'kept', as },
    );
  }
}

/**
 * Returns exit statuses by number and signals by name; systemd's names of statuses are those of sysexits(3)
 * and the LSB.
 */
function statuses(unit: Unit, key: string): readonly string[] {
  return unit.all('Service', key).flatMap((entry) =>
    unit.words(entry).flatMap((word) => {
      if (/^\d+$/.test(word)) return Number(word) <= 255 ? [String(Number(word))] : [];
      const name = word.replace(/^SIG/, '');
      const status = STATUS_NAMES[name];
      if (status !== undefined) return [String(status)];
      return signalName(name) === undefined ? [] : [name];
    }),
  );
}

const STATUS_NAMES: Readonly<Record<string, number>> = {
  SUCCESS: 0,
  FAILURE: 1,
  INVALIDARGUMENT: 2,
  NOTIMPLEMENTED: 3,
  NOPERMISSION: 4,
  NOTINSTALLED: 5,
  NOTCONFIGURED: 6,
  NOTRUNNING: 7,
  USAGE: 64,
  DATAERR: 65,
  NOINPUT: 66,
  NOUSER: 67,
  NOHOST: 68,
  UNAVAILABLE: 69,
  SOFTWARE: 70,
  OSERR: 71,
  OSFILE: 72,
  CANTCREAT: 73,
  IOERR: 74,
  TEMPFAIL: 75,
  PROTOCOL: 76,
  NOPERM: 77,
  CONFIG: 78,
};

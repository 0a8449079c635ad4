/** How a service is restarted, how it is ended, and when it counts as started: Restart=, Kill=, Timeout=, Type=. */
import { signalName } from '../../jobfile/stanzas/signal-names.js';
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { signalWord } from '../signal-word.js';
import { pieceWord } from '../shell-text.js';
import { isWithoutMain } from './commands.js';
import { preciseSeconds, timeSpan, wholeSeconds } from './time-span.js';
import { isNo, originOf, type Unit } from './unit.js';

/** systemd's default of TimeoutStopSec=, in seconds */
const STOP_TIMEOUT = '90';
/** a clean end to systemd, besides status 0 (systemd.service(5)) */
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
      service.dropped(origin, 'systemd does not know such a policy, and ignores it');
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
    const how = 'such an end is no failure to foster, either';
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
    service.dropped(origin, 'systemd would not take it: it is no span of time');
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

/** systemd counts starts, the first among them; foster counts restarts. */
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
      service.dropped(originOf(entry), 'systemd would not take it: it is no number');
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
    const how = 'one restart is the least that `respawn limit` allows';
    service.found(
      originOf(entry!),
      count === 1 && !isUnlimited ? { verdict: 'approximated', as, how } : { verdict: 'kept', as },
    );
  }
}

/** Exit statuses by number, signals by name; systemd's names for statuses are those of sysexits(3) and the LSB. */
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

export function addStopping(unit: Unit, service: ServiceBuilder): void {
  const both = unit.last('Service', 'TimeoutSec');
  const stop = unit.last('Service', 'TimeoutStopSec') ?? both;
  const start = unit.last('Service', 'TimeoutStartSec') ?? both;
  const stopSeconds = stop === undefined ? undefined : timeSpan(stop.value);
  if (stop !== undefined && stopSeconds === undefined)
    service.dropped(originOf(stop), 'systemd would not take it: it is no span of time');
  if (stop !== undefined && stopSeconds !== undefined)
    service.kept(
      originOf(stop),
      'kill timeout',
      stopSeconds === 0 ? wholeSeconds(Infinity) : wholeSeconds(stopSeconds),
    );
  else service.implied('kill timeout', STOP_TIMEOUT);
  if (start !== undefined)
    addStartTimeout(unit, service, start === both ? { ...originOf(start), comments: [] } : originOf(start));
  addKillMode(unit, service);
  const signal = unit.last('Service', 'KillSignal');
  if (signal !== undefined && !service.has('kill signal'))
    service.kept(originOf(signal), 'kill signal', signalWord(signal.value));
  else if (signal !== undefined)
    service.found(originOf(signal), {
      verdict: 'approximated',
      as: 'kill signal',
      how: 'the signal of ExecStop= is the one that is sent',
    });
}

function addStartTimeout(unit: Unit, service: ServiceBuilder, origin: Origin): void {
  const seconds = timeSpan(origin.value ?? '');
  if (seconds === undefined) {
    service.dropped(origin, 'systemd would not take it: it is no span of time');
    return;
  }
  const limit = preciseSeconds(seconds === 0 ? Infinity : seconds);
  service.kept(origin, 'start timeout', limit);
  if (unit.all('Service', 'ExecStartPre').length > 0 || unit.last('Service', 'Type')?.value === 'oneshot')
    service.implied('timeout', 'pre-start', limit);
}

function addKillMode(unit: Unit, service: ServiceBuilder): void {
  const mode = unit.last('Service', 'KillMode');
  const origin = mode === undefined ? undefined : originOf(mode);
  switch (mode?.value ?? 'control-group') {
    case 'control-group':
      // systemd ends all of the group, also what has detached itself
      if (origin === undefined) service.implied('kill mode', 'lineage');
      else service.kept(origin, 'kill mode', 'lineage');
      return;
    case 'mixed':
      service.approximated(origin!, 'what main leaves behind gets TERM before KILL', 'kill mode', 'lineage');
      return;
    case 'process':
      service.kept(origin!, 'kill mode', 'main');
      return;
    case 'none':
      service.approximated(origin!, 'main gets its kill signal', 'kill mode', 'main');
      return;
    default:
      service.dropped(origin!, 'systemd does not know such a mode, and ignores it');
  }
}

export function addReadiness(unit: Unit, service: ServiceBuilder): void {
  const type = unit.last('Service', 'Type');
  const pidFile = unit.last('Service', 'PIDFile');
  const bus = unit.last('Service', 'BusName');
  const kind = type?.value ?? (bus === undefined ? 'simple' : 'dbus');
  const origin = type === undefined ? undefined : originOf(type);
  const remains = unit.last('Service', 'RemainAfterExit');
  const withoutMain = isWithoutMain(unit);
  if (origin !== undefined) addType(service, origin, kind, withoutMain);
  if (pidFile !== undefined) {
    // a relative path is one below /run
    const path =
      pidFile.value.startsWith('/') || pidFile.value.startsWith('%')
        ? pidFile.value
        : `/run/${pidFile.value}`;
    service.kept(
      originOf(pidFile),
      'pid file',
      unit.literal(path) ?? withoutQuotes(pieceWord(unit.pieces(path))),
    );
  }
  if (bus !== undefined)
    service.found(originOf(bus), {
      verdict: 'approximated',
      as: 'ready = auto',
      how: 'foster does not look at D-Bus: the job counts as started when it has stayed up for a second',
    });
  if (remains !== undefined && withoutMain)
    service.found(originOf(remains), { verdict: 'kept', as: WITHOUT_MAIN });
  else if (remains !== undefined && isNo(remains.value))
    service.found(originOf(remains), { verdict: 'kept', as: 'nothing: so it is in foster' });
  else if (remains !== undefined)
    service.dropped(originOf(remains), 'a job has ended when its main process has');
}

/** A path of a PID file may have variables of the environment. */
function withoutQuotes(word: string): string {
  return word.replace(/^"(.*)"$/s, '$1');
}

const WITHOUT_MAIN = 'a job without main, which stays up until it is stopped';

function addType(service: ServiceBuilder, origin: Origin, kind: string, withoutMain: boolean): void {
  if (withoutMain) {
    service.found(origin, { verdict: 'kept', as: WITHOUT_MAIN });
    return;
  }
  switch (kind) {
    case 'simple':
      service.found(origin, { verdict: 'kept', as: 'nothing: foster finds the main process by itself' });
      return;
    case 'exec':
      service.kept(origin, 'ready', 'exec');
      return;
    case 'forking':
      service.kept(origin, 'ready', 'daemonised');
      return;
    case 'notify':
      service.kept(origin, 'ready', 'notify');
      return;
    case 'notify-reload':
      service.approximated(
        origin,
        '`foster reload` does not wait until the service says that it is ready again',
        'ready',
        'notify',
      );
      return;
    case 'oneshot':
      service.kept(origin, 'task');
      return;
    case 'dbus':
      service.found(origin, {
        verdict: 'approximated',
        as: 'ready = auto',
        how: 'foster does not look at D-Bus',
      });
      return;
    case 'idle':
      service.found(origin, {
        verdict: 'approximated',
        as: 'ready = auto',
        how: 'it does not wait until other jobs are up',
      });
      return;
    default:
      service.dropped(origin, 'systemd does not know such a type, and ignores it');
  }
}

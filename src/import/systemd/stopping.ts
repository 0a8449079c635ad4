/** How a unit is stopped: signals, timeouts and which processes are killed. */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { signalWord } from '../signal-word.js';
import { timeSpan, wholeSeconds, preciseSeconds } from './time-span.js';
import { type Unit, originOf } from './unit.js';

/** systemd's default of TimeoutStopSec=, in seconds */
const STOP_TIMEOUT = '90';
export function addStopping(unit: Unit, service: ServiceBuilder): void {
  const both = unit.last('Service', 'TimeoutSec');
  const stop = unit.last('Service', 'TimeoutStopSec') ?? both;
  const start = unit.last('Service', 'TimeoutStartSec') ?? both;
  const stopSeconds = stop === undefined ? undefined : timeSpan(stop.value);
  if (stop !== undefined && stopSeconds === undefined)
    service.dropped(originOf(stop), 'systemd would reject it: it is not a time span');
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
      how: 'the signal of ExecStop= is sent',
    });
}

function addStartTimeout(unit: Unit, service: ServiceBuilder, origin: Origin): void {
  const seconds = timeSpan(origin.value ?? '');
  if (seconds === undefined) {
    service.dropped(origin, 'systemd would reject it: it is not a time span');
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
      // systemd kills the whole cgroup, including detached processes
      if (origin === undefined) service.implied('kill mode', 'lineage');
      else service.kept(origin, 'kill mode', 'lineage');
      return;
    case 'mixed':
      service.approximated(origin!, 'the remaining processes get TERM before KILL', 'kill mode', 'lineage');
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

/** When a unit counts as started: `Type=`, PID file and sd_notify(3). */
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { pieceWord } from '../shell-text.js';
import { isWithoutMain } from './commands.js';
import { type Unit, originOf, isNo } from './unit.js';

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
    // a relative path is below /run
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
      how: 'foster does not watch D-Bus: the job counts as started when it has stayed up for a second',
    });
  if (remains !== undefined && withoutMain)
    service.found(originOf(remains), { verdict: 'kept', as: WITHOUT_MAIN });
  else if (remains !== undefined && isNo(remains.value)) service.builtIn(originOf(remains));
  else if (remains !== undefined) service.dropped(originOf(remains), 'a job ends with its main process');
}

/** Removes the quotes: the path of a PID file may contain variables. */
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
        how: 'foster does not watch D-Bus',
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

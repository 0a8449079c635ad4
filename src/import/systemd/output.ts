/**
 * Imports the standard streams of a service, and how it is logged: StandardInput=, StandardOutput=,
 * StandardError=.
 */
import type { ServiceBuilder } from '../service-builder.js';
import { originOf, type Unit } from './unit.js';
import type { UnitEntry } from './unit-file.js';

const LOGGING = /^(?:Syslog\w+|LogLevelMax|LogExtraFields|LogRateLimit\w+|LogNamespace|LogFilterPatterns)$/;

export function isOutputKey(key: string): boolean {
  return (
    [
      'StandardInput',
      'StandardOutput',
      'StandardError',
      'TTYPath',
      'StandardInputText',
      'StandardInputData',
    ].includes(key) || LOGGING.test(key)
  );
}

export function addOutput(unit: Unit, service: ServiceBuilder): void {
  const out = unit.last('Service', 'StandardOutput');
  const error = unit.last('Service', 'StandardError');
  const destination = out?.value ?? 'journal';
  if (out !== undefined) addDestination(unit, service, out);
  if (error !== undefined) addError(service, error, destination);
  const input = unit.last('Service', 'StandardInput');
  if (input !== undefined) addInput(service, input);
  for (const key of ['StandardInputText', 'StandardInputData', 'TTYPath']) {
    const entry = unit.last('Service', key);
    if (entry !== undefined)
      service.dropped(
        originOf(entry),
        key === 'TTYPath' ? 'a job has no terminal but /dev/console' : 'a job reads from /dev/null',
        key === 'TTYPath' ? '`<TTY >TTY 2>&1` in the command' : undefined,
      );
  }
  const keys = new Set(
    unit.entries
      .filter(({ section, key }) => section === 'Service' && LOGGING.test(key))
      .map(({ key }) => key),
  );
  for (const key of keys) {
    const entry = unit.last('Service', key);
    if (entry !== undefined)
      service.dropped(
        originOf(entry),
        "output goes to the job's own log, not to syslog or the journal",
        '`| logger -t NAME` behind the command',
      );
  }
}

function addDestination(unit: Unit, service: ServiceBuilder, entry: UnitEntry): void {
  const [, kind = '', path = ''] = /^(\w+(?:\+console)?)(?::(.*))?$/s.exec(entry.value) ?? [];
  const origin = originOf(entry);
  switch (kind) {
    case 'null':
      service.kept(origin, 'console', 'none');
      return;
    case 'tty':
      service.approximated(origin, 'the terminal is /dev/console', 'console', 'owner');
      return;
    case 'append':
      service.kept(origin, 'log file', unit.literal(path) ?? path);
      return;
    case 'file':
    case 'truncate':
      service.approximated(
        origin,
        'the file is added to and rotated',
        'log file',
        unit.literal(path) ?? path,
      );
      return;
    case 'journal':
    case 'syslog':
    case 'inherit':
      service.found(origin, {
        verdict: 'approximated',
        as: 'console = log',
        how: "it is the job's own log (`foster log`), not the journal",
      });
      return;
    default:
      service.dropped(origin, "output goes to the job's own log");
  }
}

function addError(service: ServiceBuilder, entry: UnitEntry, destination: string): void {
  const { value } = entry;
  const origin = originOf(entry);
  const isLog = (kind: string): boolean => /^(?:journal|syslog|inherit)$/.test(kind);
  if (value === destination || value === 'inherit' || (isLog(value) && isLog(destination))) {
    service.found(origin, { verdict: 'kept', as: 'console: both go to one place' });
  } else if (/^(?:append|file|truncate):/.test(value) && /^(?:append|file|truncate):/.test(destination)) {
    service.approximated(
      origin,
      'standard error has a separate file beside the other one, whose name ends in .err.log',
      'log split',
    );
  } else
    service.dropped(origin, 'standard error goes where standard output does', '`2>FILE` behind the command');
}

function addInput(service: ServiceBuilder, entry: UnitEntry): void {
  const origin = originOf(entry);
  if (entry.value === 'null')
    service.found(origin, { verdict: 'kept', as: 'nothing: a job reads from /dev/null' });
  else if (entry.value === 'socket')
    service.dropped(
      origin,
      'foster passes the listening socket, and accepts no connection for the job',
      'a program that accepts them: `socat TCP-LISTEN:PORT,fork EXEC:COMMAND`, or inetd',
    );
  else if (entry.value.startsWith('tty'))
    service.dropped(origin, 'a job reads from /dev/null', '`console = owner`, or `<TTY` in the command');
  else service.dropped(origin, 'a job reads from /dev/null', '`<FILE` behind the command');
}

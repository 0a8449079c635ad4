/**
 * Imports a socket unit: foster listens for the job, and starts it on the first connection
 * (docs/activation.md).
 */
import type { ServiceBuilder } from '../service-builder.js';
import { isYes, originOf, type Unit } from './unit.js';
import type { UnitEntry } from './unit-file.js';

const ADDRESS = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<four>\d+\.\d+\.\d+\.\d+)):(?<port>\d+)$/;

/** @param service the job of the service that the socket activates */
export function addSocket(socket: Unit, service: ServiceBuilder): void {
  const accepts = socket.last('Socket', 'Accept');
  for (const entry of socket.all('Socket', 'ListenStream'))
    addStream(socket, service, entry, isYes(accepts?.value));
  const keys = new Set(socket.entries.filter(({ section }) => section === 'Socket').map(({ key }) => key));
  for (const key of keys) {
    if (key === 'ListenStream') continue;
    for (const entry of key.startsWith('Listen') ? socket.all('Socket', key) : [socket.last('Socket', key)])
      if (entry !== undefined) addOption(service, entry, isYes(accepts?.value));
  }
  service.head.push(...socket.head);
  addRest(socket, service);
}

function addStream(socket: Unit, service: ServiceBuilder, entry: UnitEntry, accepts: boolean): void {
  const origin = originOf(entry);
  const address = socket.literal(entry.value);
  const events = address === undefined ? undefined : eventsOf(address);
  if (accepts) {
    service.dropped(
      origin,
      'with Accept=yes systemd starts a process for each connection: foster passes the listening socket',
      '`socat TCP-LISTEN:PORT,fork EXEC:COMMAND`, or inetd',
    );
    return;
  }
  if (events === undefined) {
    service.dropped(
      origin,
      address === undefined
        ? 'the address is known only when the job starts'
        : 'foster cannot listen at such an address',
      'the service itself may open it',
    );
    return;
  }
  const { expressions, how } = events;
  for (const expression of expressions) service.startOn(expression);
  const as = `start on = ${expressions.join(' or ')}`;
  service.found(origin, how === undefined ? { verdict: 'kept', as } : { verdict: 'approximated', as, how });
}

interface Events {
  readonly expressions: readonly string[];
  readonly how?: string;
}

/** Returns the events for which foster listens at an address of systemd.socket(5). */
function eventsOf(address: string): Events | undefined {
  if (/^\d+$/.test(address) && isPort(address)) {
    const how = 'it listens on IPv4 only; `or socket PROTO=inet6 PORT=N` adds IPv6 as a second descriptor';
    return { expressions: [`socket PROTO=inet PORT=${Number(address)}`], how };
  }
  if (/^[/@][^\s"'\\()#$]+$/.test(address)) {
    const expression = `socket PROTO=unix SOCKET_PATH=${address}`;
    return { expressions: [expression] };
  }
  const match = ADDRESS.exec(address);
  if (match?.groups === undefined || !isPort(match.groups['port']!)) return undefined;
  const { six, four, port } = match.groups;
  const protocol = six === undefined ? 'inet' : 'inet6';
  const expression = `socket PROTO=${protocol} PORT=${Number(port)} ADDR=${(six ?? four)!}`;
  if (six !== '::') return { expressions: [expression] };
  return {
    expressions: [expression],
    how: 'it listens on IPv6 only; `or socket PROTO=inet PORT=N` adds IPv4 as a second descriptor',
  };
}

function isPort(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 65535;
}

function addOption(service: ServiceBuilder, entry: UnitEntry, accepts: boolean): void {
  const origin = originOf(entry);
  const { key, value } = entry;
  if (key === 'Accept') {
    if (!accepts)
      service.found(origin, { verdict: 'kept', as: 'nothing: the job accepts connections itself' });
    else
      service.dropped(
        origin,
        'foster starts one job, which gets the listening socket',
        'inetd, or `socat TCP-LISTEN:PORT,fork EXEC:COMMAND`',
      );
  } else if (key.startsWith('Listen'))
    service.dropped(origin, 'foster listens for stream connections only', 'the service itself may open it');
  else if (key === 'SocketMode' || key === 'SocketUser' || key === 'SocketGroup') {
    if (key === 'SocketMode' && /^0?666$/.test(value)) service.builtIn(origin);
    else
      service.sandbox(
        origin,
        'everybody may connect: a socket of foster has mode 0666',
        'a directory for the socket that only the group may enter',
      );
  } else if (
    key === 'Service' ||
    key === 'FileDescriptorName' ||
    key === 'RemoveOnStop' ||
    key === 'DirectoryMode'
  ) {
    if (key === 'Service') service.found(origin, { verdict: 'kept', as: 'start on, in this file' });
    else
      service.dropped(
        origin,
        key === 'FileDescriptorName'
          ? 'the name of a descriptor is its port, or the last part of its path'
          : 'foster has no equivalent',
      );
  } else if (key === 'BindIPv6Only') service.dropped(origin, 'a socket of foster is of one protocol');
  else service.dropped(origin, 'foster sets no such option on its sockets');
}

function addRest(socket: Unit, service: ServiceBuilder): void {
  for (const entry of socket.entries) {
    if (entry.section === 'Socket' || entry.value === '') continue;
    const origin = originOf(entry);
    if (entry.section === 'Install')
      service.found(origin, { verdict: 'kept', as: 'start on: foster listens as soon as it knows the job' });
    else if (entry.key === 'Description' || entry.key === 'Documentation')
      service.head.push(`${entry.key} of the socket: ${entry.value}`);
    else if (/^(?:Before|After|Wants|PartOf|Conflicts|Requires|DefaultDependencies)$/.test(entry.key))
      service.found(origin, { verdict: 'kept', as: 'nothing: the socket belongs to the job' });
    else service.dropped(origin, 'foster listens without checking this');
  }
}

/**
 * `foster/tracker`: the kernel's process events in Node, without a supervisor (docs/events.md, "The library").
 *
 *     import { connector } from 'foster/tracker';
 *
 *     for await (const event of connector({ types: ['fork', 'exec', 'exit'] })) console.log(event);
 */
import { createKernel } from '../kernel/linux.js';
import { ProcessEvents, type ProcessEventsOptions } from './library/process-events.js';
import type { SelfTest } from './sources/source.js';
import { testConnector } from './sources/connector-self-test.js';
import { ConnectorSource } from './sources/connector.js';
import { testPerf } from './sources/perf-self-test.js';
import { PerfSource } from './sources/perf.js';

export { Adoptions, type Adopter } from './lineage/adoption.js';
export {
  quoteIfNeeded as asTyped,
  eventFields,
  eventLabel as eventWord,
  type EventField,
} from './event-fields.js';
export type {
  AdoptedEvent,
  CommEvent,
  CoredumpEvent,
  EventOrigin,
  ExecEvent,
  ExitEvent,
  ForkEvent,
  IdentityEvent,
  NamespaceEvent,
  Nanoseconds,
  OverflowEvent,
  ProcessEvent,
  ProcessEventType,
  PtraceEvent,
  SidEvent,
} from './events.js';
export { ProcessEvents, type Listener, type ProcessEventsOptions } from './library/process-events.js';
export type { SelfTest, SourceName } from './sources/source.js';
export { Tracers } from './tracers.js';

/**
 * Streams the events of every process of the machine from the proc connector: fork, exec, sid, uid, gid,
 * comm, ptrace, coredump, exit, and notices of adoption. Works on the host and in containers that share its
 * pid and network namespace; without privileges since Linux 6.6, before that with CAP_NET_ADMIN. Opens
 * nothing before the first listener.
 */
export function connector(options: ProcessEventsOptions = {}): ProcessEvents {
  const kernel = createKernel();
  const source = new ConnectorSource(kernel, options.programs !== false);
  return new ProcessEvents(source, kernel, options);
}

/** Tests whether `connector` works here; if not, says why and what would help. Takes a millisecond. */
connector.test = (): SelfTest => testConnector();

/**
 * Streams the events of descendants that this thread starts after the first listener, from perf's task
 * records: fork, exec, comm, namespace, exit, sessions (from /proc), and notices of adoption. `follow`
 * selects the children. Works in any container whose seccomp profile allows perf_event_open.
 */
export function perf(options: ProcessEventsOptions = {}): ProcessEvents {
  const kernel = createKernel();
  return new ProcessEvents(new PerfSource(kernel), kernel, options);
}

/** Tests whether `perf` works here; if not, says why and what would help. */
perf.test = (): SelfTest => testPerf();

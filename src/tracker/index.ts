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
 * Every process of the machine, by the proc connector: fork, exec, sid, uid, gid, comm, ptrace, coredump, exit, and notices
 * of adoption. Works on the host and in containers that share its pid and network namespace, since Linux 6.6 without
 * rights, before that with CAP_NET_ADMIN. Nothing is opened before somebody listens.
 */
export function connector(options: ProcessEventsOptions = {}): ProcessEvents {
  const kernel = createKernel();
  const source = new ConnectorSource(kernel, options.programs !== false);
  return new ProcessEvents(source, kernel, options);
}

/** Whether `connector` works here; if not, why, and what would help. Takes a millisecond. */
connector.test = (): SelfTest => testConnector();

/**
 * The descendants of this thread that are begun after somebody listens, by perf's task records: fork, exec, comm,
 * namespace, exit, sessions (from /proc), and notices of adoption. `follow` says which children are meant. Works in any
 * container whose seccomp profile lets perf_event_open pass.
 */
export function perf(options: ProcessEventsOptions = {}): ProcessEvents {
  const kernel = createKernel();
  return new ProcessEvents(new PerfSource(kernel), kernel, options);
}

/** Whether `perf` works here; if not, why, and what would help. */
perf.test = (): SelfTest => testPerf();

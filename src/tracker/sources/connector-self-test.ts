/**
 * Tests whether the proc connector works here. That a socket opens, or even delivers events, proves nothing:
 * in a container with the host's network and its own pid namespace, foreign pids arrive. So foster starts a
 * process, and its fork must come back with foster's own pid and the child's.
 */

import { isInitialNamespace } from '../../kernel/proc/namespace.js';
import { ConnectorSocket, NotAcknowledgedError } from '../../kernel/netlink/connector-socket.js';
import { SystemError } from '../../kernel/system-error.js';
import type { SelfTest } from './source.js';
import { startTrivialProgram } from './test-child.js';

const OTHER_SOURCES = 'use another tracker (perf, ptrace or procfs)';

/** Takes about a millisecond and leaves nothing behind. */
export function testConnector(): SelfTest {
  let socket: ConnectorSocket;
  try {
    socket = ConnectorSocket.open(['fork']);
  } catch (error) {
    return explain(error);
  }
  try {
    return testFork(socket);
  } finally {
    socket.close();
  }
}

/**
 * Tests a fork. Its event is queued before the child first runs, so it can be read as soon as the spawn has
 * returned.
 */
function testFork(socket: ConnectorSocket): SelfTest {
  const child = startTrivialProgram();
  const forks: { readonly parent: number; readonly child: number }[] = [];
  socket.read((record) => {
    if (record.kind === 'fork') forks.push(record);
  });
  const found = forks.some((fork) => fork.parent === process.pid && fork.child === child);
  if (found) {
    const megabytes = Math.round(socket.receiveBuffer / 2 ** 20);
    const detail = `a test fork came back; receive buffer ${megabytes} MiB; ${filterDetail(socket)}`;
    return { works: true, detail };
  }
  return {
    works: false,
    reason:
      forks.length > 0
        ? 'it delivers processes of another pid namespace, and our test fork was not among them'
        : 'it accepted us, but a test fork did not come back',
    remedy: `share the pid namespace of the host (docker run --pid=host), or ${OTHER_SOURCES}`,
  };
}

/** Describes whether the kernel can filter out processes of no job. */
function filterDetail(socket: ConnectorSocket): string {
  try {
    socket.filterByLineage(1);
    return 'other processes of the machine are filtered out in the kernel';
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `every process of the machine wakes foster for a moment (${error.message})`;
  }
}

function explain(error: unknown): SelfTest {
  if (error instanceof NotAcknowledgedError) return explainSilence();
  if (!(error instanceof SystemError)) throw error;
  switch (error.code) {
    case 'EPROTONOSUPPORT':
    case 'EAFNOSUPPORT':
      return {
        works: false,
        reason: `the kernel has no connector, or a seccomp filter forbids it (${error.message})`,
        remedy: `a kernel with CONFIG_CONNECTOR and CONFIG_PROC_EVENTS, or ${OTHER_SOURCES}`,
      };
    case 'ECONNREFUSED':
      return {
        works: false,
        reason: 'we are in a network namespace of our own, and the kernel answers only in the first one',
        remedy: `share the network of the host (docker run --network=host --pid=host), or ${OTHER_SOURCES}`,
      };
    case 'EPERM':
    case 'EACCES':
      return {
        works: false,
        reason: `it is not allowed here (${error.message})`,
        remedy: `Linux 6.6 or later, which needs no right for it; before that CAP_NET_ADMIN; or ${OTHER_SOURCES}`,
      };
    default:
      return { works: false, reason: error.message, remedy: OTHER_SOURCES };
  }
}

/**
 * Explains why the kernel did not answer: it ignores requests from another pid or user namespace, and for
 * events that it was built without.
 */
function explainSilence(): SelfTest {
  for (const kind of ['pid', 'user'] as const) {
    if (isInitialNamespace(kind) !== false) continue;
    return {
      works: false,
      reason: `the kernel did not answer: we are in a ${kind} namespace of our own`,
      remedy: `share that of the host (docker run ${kind === 'pid' ? '--pid' : '--userns'}=host), or ${OTHER_SOURCES}`,
    };
  }
  return {
    works: false,
    reason: 'the kernel did not answer: it was built without CONFIG_PROC_EVENTS, or keeps it from us',
    remedy: `a kernel with CONFIG_PROC_EVENTS, or ${OTHER_SOURCES}`,
  };
}

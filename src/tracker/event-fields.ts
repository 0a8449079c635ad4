/**
 * Converts a process event to names and values: the text of `foster events`, and the variables of the event
 * `process-event` (docs/events.md). Both are a stable interface: fields may be added, none is renamed or
 * moved. Pure.
 */
import { describeStatus } from '../kernel/process/signals.js';
import type { NamespaceEvent, ProcessEvent } from './events.js';

export type EventField = readonly [name: string, value: string | number];

/** `setns` is called `set`, as in `nsenter` and `ip netns`: the process joins an existing namespace. */
const REASON_WORDS = {
  clone: 'clone',
  unshare: 'unshare',
  setns: 'set',
  unknown: 'unknown',
} as const satisfies Record<NamespaceEvent['reason'], string>;

/** Returns the name of an event type in text output. */
export function eventLabel(type: ProcessEvent['type']): string {
  return type === 'namespace' ? 'ns' : type;
}

/** Returns the fields in display order. Arguments come last, because their length is unlimited. */
export function eventFields(event: ProcessEvent): readonly EventField[] {
  switch (event.type) {
    case 'fork':
      return [
        ['ppid', event.parent],
        ['pid', event.child],
      ];
    case 'exec':
      return [
        ['pid', event.pid],
        ...(event.executable === undefined ? [] : [['exe', event.executable] as const]),
        ...(event.argv === undefined ? [] : [['args', event.argv.map(quoteIfNeeded).join(' ')] as const]),
      ];
    case 'sid':
    case 'coredump':
      return [['pid', event.pid]];
    case 'uid':
      return [
        ['pid', event.pid],
        ['uid', event.real],
        ['euid', event.effective],
      ];
    case 'gid':
      return [
        ['pid', event.pid],
        ['gid', event.real],
        ['egid', event.effective],
      ];
    case 'comm':
      return [
        ['pid', event.pid],
        ['comm', event.comm],
      ];
    case 'ptrace':
      return [['pid', event.pid], ...tracing(event.tracer, event.formerTracer)];
    case 'namespace':
      return [
        ['pid', event.pid],
        ['type', event.kind],
        ['reason', REASON_WORDS[event.reason]],
        ...(event.old === undefined ? [] : [['old_inum', event.old] as const]),
        ['inum', event.new],
      ];
    case 'exit':
      return [['pid', event.pid], ...ending(event.status)];
    case 'adopted':
      return [
        ['pid', event.pid],
        ['former_ppid', event.formerParent],
        ...(event.newParent === undefined ? [] : [['ppid', event.newParent] as const]),
      ];
    case 'overflow':
      return [['lost', event.lost ?? 'unknown']];
  }
}

function tracing(tracer: number, formerTracer: number | undefined): readonly EventField[] {
  if (tracer !== 0)
    return [
      ['change', 'attach'],
      ['tracer', tracer],
    ];
  return [['change', 'detach'], ...(formerTracer === undefined ? [] : [['tracer', formerTracer] as const])];
}

function ending(status: number | undefined): readonly EventField[] {
  if (status === undefined) return [];
  const described = describeStatus(status);
  if ('status' in described) return [['status', described.status]];
  return [['signal', described.signal], ...(described.core ? [['core', 'yes'] as const] : [])];
}

/**
 * Quotes a value as a shell user would type it. A newline inside a value must not look like the end of a line
 * of output.
 */
export function quoteIfNeeded(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}

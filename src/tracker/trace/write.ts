/**
 * Writes traces: the counterpart of format.ts, with the fields in the same order as in recorded ones. Pure.
 */
import type { Nanoseconds, ProcessEvent } from '../events.js';

/** Lines of a trace other than the kernel's events. */
export type TraceNote =
  | {
      readonly ev: 'start';
      readonly argv: readonly string[];
      /** the parent of the launcher: a fork by it is a launch, or a clone(CLONE_PARENT) */
      readonly recorder: number;
      /** the source of events */
      readonly source: string;
    }
  /** the launcher */
  | { readonly ev: 'P0'; readonly pid: number }
  /** `status` as wait(2) reports it */
  | { readonly ev: 'reap'; readonly pid: number; readonly status: number; readonly p0: boolean }
  /** the recorder has signalled main */
  | { readonly ev: 'sent'; readonly pid: number; readonly sig: number }
  /** the program of a new main: the launcher may have been gone before its exec event was read */
  | {
      readonly ev: 'program';
      readonly pid: number;
      readonly argv: readonly string[] | null;
      readonly exe: string | null;
    }
  | { readonly ev: 'note'; readonly text: string }
  | { readonly ev: 'end' };

/** @param received when the recorder learned of it; lines observed together have the same time */
export function noteLine(note: TraceNote, time: Nanoseconds, received: Nanoseconds): string {
  return line(note, time, received);
}

/** @returns undefined for events that a replay makes itself: notices of adoption */
export function eventLine(event: ProcessEvent, received: Nanoseconds): string | undefined {
  const fields = fieldsOf(event);
  if (fields === undefined) return undefined;
  const { sequence: seq, cpu } = event;
  const origin = { ...(seq !== undefined && { seq }), ...(cpu !== undefined && { cpu }) };
  return line({ ev: event.type, ...fields }, event.time, received, origin);
}

function line(fields: object, time: Nanoseconds, received: Nanoseconds, more: object = {}): string {
  return `${JSON.stringify({ ...fields, t: Math.round(time), r: Math.round(received), ...more })}\n`;
}

/** Threads never appear in the event stream, so the thread ids are those of the processes. */
function fieldsOf(event: ProcessEvent): Readonly<Record<string, unknown>> | undefined {
  switch (event.type) {
    case 'fork': {
      const { parent, child } = event;
      return { pid: parent, tid: parent, child, ctid: child, thread: false };
    }
    case 'exec': {
      const { pid, argv = null, executable: exe = null } = event;
      return { pid, tid: pid, argv, exe };
    }
    case 'uid':
      return { pid: event.pid, ruid: event.real, euid: event.effective };
    case 'gid':
      return { pid: event.pid, rgid: event.real, egid: event.effective };
    case 'comm':
      return { pid: event.pid, comm: event.comm };
    case 'ptrace':
      return { pid: event.pid, tracer: event.tracer };
    case 'sid':
    case 'coredump':
      return { pid: event.pid };
    case 'namespace': {
      const { pid, kind, old = null, new: now, reason } = event;
      return { pid, kind, old, new: now, reason };
    }
    case 'exit': {
      const { pid, status: code = null, parent: ppid = null } = event;
      return { pid, tid: pid, thread: false, code, ppid };
    }
    case 'overflow':
      return event.lost === undefined ? {} : { lost: event.lost };
    case 'adopted':
      return undefined;
  }
}

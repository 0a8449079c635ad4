/**
 * The trace format: JSON lines, one event of the proc connector or one note each, in the order in which they were
 * received. `t` is the time of the event and `r` that of its receipt, both CLOCK_MONOTONIC nanoseconds.
 *
 *   start{argv, recorder}  P0{pid}  fork{pid = the parent, child, thread, ctid}  exec{pid, argv, exe}  sid{pid}
 *   uid{pid, ruid, euid}  gid{pid, rgid, egid}  comm{pid, comm}  ptrace{pid, tracer}  coredump{pid}
 *   exit{pid, tid, code = raw wait status, ppid: null where the source does not know}  reap{pid, status}  sent{pid, sig}  overflow
 *   program{pid, argv, exe}: what /proc said later of a process whose exec could not be read; foster record writes it
 *   note, phase, gap, end: for the reader of the trace; a replay passes over them
 */
import type { Nanoseconds } from '../events.js';
import { messageOf } from '../../text/phrases.js';

export interface TraceLine {
  readonly ev: string;
  readonly t: Nanoseconds;
  readonly r: Nanoseconds;
  /** the line's other fields, by name */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A line of a trace that cannot be read. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/**
 * Reads a trace.
 * @param text the whole file
 * @param name for errors
 * @throws TraceError naming the line, what was found and what was expected
 */
export function parseTrace(text: string, name: string): TraceLine[] {
  const lines: TraceLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() !== '') lines.push(parseLine(line, `${name}:${index + 1}`, lines.at(-1)?.r ?? 0));
  }
  return lines;
}

function parseLine(line: string, where: string, before: Nanoseconds): TraceLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new TraceError(
      `${where}: not JSON (${messageOf(error)}); expected an object such as {"ev":"fork",...}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TraceError(`${where}: found ${JSON.stringify(value)}; expected an object with "ev"`);
  }
  const fields = value as Record<string, unknown>;
  const { ev, t, r } = fields;
  if (typeof ev !== 'string')
    throw new TraceError(`${where}: "ev" is missing; expected the kind of event as a string`);
  if (t !== undefined && typeof t !== 'number')
    throw new TraceError(`${where}: "t" is not a number of nanoseconds`);
  if (r !== undefined && typeof r !== 'number')
    throw new TraceError(`${where}: "r" is not a number of nanoseconds`);
  const received = r ?? t ?? before;
  return { ev, t: t ?? received, r: received, fields };
}

/** Returns a numeric field that the line must have. */
export function numberOf(line: TraceLine, field: string): number {
  const value = line.fields[field];
  if (typeof value !== 'number') {
    throw new TraceError(
      `a line "${line.ev}" at t=${line.t} has ${JSON.stringify(value)} for "${field}"; expected a number`,
    );
  }
  return value;
}

/** Returns a list of strings that the line may have (argv is null if the process was already gone). */
export function stringsOf(line: TraceLine, field: string): readonly string[] | undefined {
  const value = line.fields[field];
  return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
}

export function stringOf(line: TraceLine, field: string): string | undefined {
  const value = line.fields[field];
  return typeof value === 'string' ? value : undefined;
}

/** What a supervisor that replaces itself by its new program hands on of what jobs have said, and of what they gave it. */
import type { JobRef } from '../core/contract.js';
import { ObjectReader } from '../core/snapshot/reader.js';

interface OfJob {
  readonly job: JobRef;
}

export interface KeptReadiness {
  /** descriptor of the socket for notices: those that wait in it are not lost */
  readonly socket: number | undefined;
  /** the reading end of `ready fd`, of jobs that are starting */
  readonly pipes: readonly (OfJob & { readonly fd: number })[];
  readonly stored: readonly (OfJob & { readonly name: string; readonly fd: number })[];
  readonly reports: readonly (OfJob & {
    readonly text: string | undefined;
    readonly doing: 'reloading' | 'stopping' | undefined;
  })[];
}

/** Every descriptor that has to stay open. */
export function descriptorsOf({ socket, pipes, stored }: KeptReadiness): readonly number[] {
  return [...(socket === undefined ? [] : [socket]), ...[...pipes, ...stored].map(({ fd }) => fd)];
}

/** @throws SavedStateError when it is not what JSON makes of one */
export function readKept(reader: ObjectReader): KeptReadiness {
  const each = <T>(key: string, read: (element: ObjectReader) => T): (OfJob & T)[] =>
    reader.list(key, (value, where) => {
      const element = new ObjectReader(value, where);
      return { job: readJob(element.object('job')), ...read(element) };
    });
  return {
    socket: reader.nullable('socket', (key) => reader.number(key)),
    pipes: each('pipes', (pipe) => ({ fd: pipe.number('fd') })),
    stored: each('stored', (one) => ({ name: one.string('name'), fd: one.number('fd') })),
    reports: each('reports', (report) => ({
      text: report.nullable('text', (key) => report.string(key)),
      doing: report.nullable('doing', (key) => report.oneOf(key, ['reloading', 'stopping'] as const)),
    })),
  };
}

function readJob(job: ObjectReader): JobRef {
  return { name: job.string('name'), instance: job.string('instance') };
}

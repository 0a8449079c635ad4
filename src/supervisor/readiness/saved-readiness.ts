/** What a supervisor that replaces itself by its new program hands on of what jobs have said, and of what they gave it. */
import { absentable, descriptor, literal, nullable, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { recordOf } from '../../codec/record.js';
import type { JobRef } from '../core/contract.js';
import { jobRef } from '../core/model.js';

interface SavedPipe {
  readonly job: JobRef;
  readonly fd: number;
}

interface SavedDescriptor {
  readonly job: JobRef;
  readonly name: string;
  readonly fd: number;
}

interface SavedReport {
  readonly job: JobRef;
  readonly text: string | undefined;
  readonly doing: 'reloading' | 'stopping' | undefined;
}

export interface SavedReadiness {
  /** descriptor of the socket for notices: those that wait in it are not lost */
  readonly socket: number | undefined;
  /** the reading end of `ready fd`, of jobs that are starting */
  readonly pipes: readonly SavedPipe[];
  readonly stored: readonly SavedDescriptor[];
  readonly reports: readonly SavedReport[];
}

/** Every descriptor that has to stay open. */
export function descriptorsOf({ socket, pipes, stored }: SavedReadiness): readonly number[] {
  return [...(socket === undefined ? [] : [socket]), ...[...pipes, ...stored].map(({ fd }) => fd)];
}

export const savedReadiness = recordOf<SavedReadiness>({
  socket: nullable(descriptor),
  pipes: list(recordOf<SavedPipe>({ job: jobRef, fd: descriptor })),
  stored: list(recordOf<SavedDescriptor>({ job: jobRef, name: string, fd: descriptor })),
  reports: list(
    recordOf<SavedReport>({
      job: jobRef,
      text: absentable(string),
      doing: absentable(literal('reloading', 'stopping')),
    }),
  ),
});

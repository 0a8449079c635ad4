/** What a re-exec hands over of the jobs' reports, and of what they got. */
import { absentable, descriptor, literal, nullable, string } from '../../codec/codec.js';
import { list } from '../../codec/containers.js';
import { record, type Recorded } from '../../codec/record.js';
import { jobRef } from '../core/model.js';

const pipeRecord = record({ job: jobRef, fd: descriptor });
export interface SavedPipe extends Recorded<typeof pipeRecord> {}

const descriptorRecord = record({ job: jobRef, name: string, fd: descriptor });
export interface SavedDescriptor extends Recorded<typeof descriptorRecord> {}

const reportRecord = record({
  job: jobRef,
  text: absentable(string),
  doing: absentable(literal('reloading', 'stopping')),
});
export interface SavedReport extends Recorded<typeof reportRecord> {}

export const savedReadiness = record({
  /** descriptor of the notification socket: messages that wait in it are not lost */
  socket: nullable(descriptor),
  /** the reading ends of `ready fd`, of jobs that are starting */
  pipes: list<SavedPipe, unknown>(pipeRecord),
  stored: list<SavedDescriptor, unknown>(descriptorRecord),
  reports: list<SavedReport, unknown>(reportRecord),
});
export interface SavedReadiness extends Recorded<typeof savedReadiness> {}

/** Returns every descriptor that has to stay open. */
export function descriptorsOf({ socket, pipes, stored }: SavedReadiness): readonly number[] {
  return [...(socket === undefined ? [] : [socket]), ...[...pipes, ...stored].map(({ fd }) => fd)];
}

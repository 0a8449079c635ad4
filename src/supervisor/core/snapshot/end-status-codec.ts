/** How a process has ended, as it is saved: a wait status, or why nobody knows it. */
import { integer, literal, type Codec } from '../../../codec/codec.js';
import { isKnown, UNKNOWN_STATUSES, type EndStatus } from '../wait-status.js';

/** A wait status has 16 bits (wait(2)). */
const waitStatus = integer(0, 0xffff, 'a wait status');
const unknownStatus = literal(...UNKNOWN_STATUSES);

export const endStatus: Codec<EndStatus> = {
  write: (status, context) =>
    isKnown(status) ? waitStatus.write(status, context) : unknownStatus.write(status, context),
  read: (json, context) =>
    typeof json === 'string' ? unknownStatus.read(json, context) : waitStatus.read(json, context),
};

/** Names of jobs. */
import { checked, string } from '../../../codec/codec.js';
import { record, type Recorded } from '../../../codec/record.js';

/** NUL occurs in no name: it separates the parts of a key. */
export const instanceName = checked(string, 'no NUL character in it', (text) => !text.includes('\0'));
export const jobName = checked(instanceName, 'a name', (name) => name !== '');

/** Names a job (instance). `instance` is "" if the class has only one. */
export const jobRef = record({ name: jobName, instance: instanceName });
export interface JobRef extends Recorded<typeof jobRef> {}

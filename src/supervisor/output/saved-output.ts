/** How a re-exec hands over the pipes and terminals of jobs. */
import { descriptor, literal, nullable } from '../../codec/codec.js';
import { field, optional } from '../../codec/field.js';
import { record, type Recorded } from '../../codec/record.js';
import { jobRef } from '../core/model.js';

export const savedOutput = record({
  job: jobRef,
  /** `stderr`: standard error alone; undefined: standard output, or both */
  stream: field(nullable(literal('stderr')), { whenAbsent: () => undefined }),
  /** foster's descriptor, and that of the job's end */
  supervisor: descriptor,
  end: descriptor,
  /** it is opened again by its name, and open meanwhile only so that nothing in it is lost */
  isFifo: optional(literal(true)),
});
/** A pipe, terminal or FIFO that must stay open over a re-exec. */
export interface SavedOutput extends Recorded<typeof savedOutput> {}

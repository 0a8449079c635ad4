/**
 * Builds a classic BPF program for the connector's socket (SO_ATTACH_FILTER, socket(7)). It drops events of
 * threads and of unwanted kinds before they use room in the receive buffer. <linux/filter.h>,
 * <linux/bpf_common.h>.
 */

import { HOST_IS_LITTLE_ENDIAN } from '../pinned-buffer.js';
import { CONNECTOR_EVENTS, EVENT_DATA, WHAT, type ConnectorEventKind } from './connector-messages.js';

/** BPF_LD | BPF_W | BPF_ABS: load a word of the message */
const LOAD_WORD = 0x20;
/** BPF_MISC | BPF_TAX: copy it to the index register */
const KEEP_IN_X = 0x07;
/** BPF_JMP | BPF_JEQ, with a constant or with the index register */
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_EQUAL_X = 0x1d;
/** BPF_RET | BPF_K: accept so many bytes */
const RETURN = 0x06;

const EVERYTHING = 0xffff_ffff;
const NOTHING = 0;

const INSTRUCTION_SIZE = 8;

type Label = 'accept' | 'drop' | 'subject' | 'child';

interface Instruction {
  readonly label?: Label;
  readonly code: number;
  readonly operand: number;
  /** the jump target if equal; otherwise the next instruction runs */
  readonly target?: Label;
}

/**
 * Converts a constant. A load converts from network order, but the message is in host order: so constants are
 * converted the same way.
 */
function asLoaded(value: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value, HOST_IS_LITTLE_ENDIAN);
  return bytes.getUint32(0, false);
}

const jumpIf = (value: number, target: Label): Instruction => ({
  code: JUMP_IF_EQUAL,
  operand: asLoaded(value),
  target,
});

/** Accepts if two words are equal: the leader of a process has thread id = process id. */
function acceptIfEqual(label: Label, first: number, second: number): readonly Instruction[] {
  return [
    { label, code: LOAD_WORD, operand: first },
    { code: KEEP_IN_X, operand: 0 },
    { code: LOAD_WORD, operand: second },
    { code: JUMP_IF_EQUAL_X, operand: 0, target: 'accept' },
    { code: RETURN, operand: NOTHING },
  ];
}

/**
 * @param kinds wanted; an acknowledgement always passes
 * @returns an array of struct sock_filter
 */
export function buildConnectorFilter(kinds: readonly ConnectorEventKind[]): Buffer {
  return assemble([
    { code: LOAD_WORD, operand: WHAT },
    jumpIf(CONNECTOR_EVENTS.acknowledgement, 'accept'),
    ...kinds.map((kind) => jumpIf(CONNECTOR_EVENTS[kind], destination(kind))),
    { label: 'drop', code: RETURN, operand: NOTHING },
    ...acceptIfEqual('subject', EVENT_DATA, EVENT_DATA + 4),
    ...acceptIfEqual('child', EVENT_DATA + 8, EVENT_DATA + 12),
    { label: 'accept', code: RETURN, operand: EVERYTHING },
  ]);
}

function destination(kind: ConnectorEventKind): Label {
  // any thread may dump core, and it ends the process
  if (kind === 'coredump') return 'accept';
  return kind === 'fork' ? 'child' : 'subject';
}

function assemble(program: readonly Instruction[]): Buffer {
  const code = Buffer.alloc(program.length * INSTRUCTION_SIZE);
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  program.forEach(({ code: operation, operand, target }, index) => {
    const at = index * INSTRUCTION_SIZE;
    view.setUint16(at, operation, HOST_IS_LITTLE_ENDIAN);
    if (target !== undefined)
      view.setUint8(at + 2, program.findIndex(({ label }) => label === target) - index - 1);
    view.setUint32(at + 4, operand, HOST_IS_LITTLE_ENDIAN);
  });
  return code;
}

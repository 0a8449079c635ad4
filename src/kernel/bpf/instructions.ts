/**
 * Assembles the few eBPF instructions that foster's programs use: a program is a list of steps, some with a
 * label. So foster needs no compiler and no library for it. <linux/bpf.h>, <linux/bpf_common.h>,
 * Documentation/bpf/standardization/instruction-set.rst.
 */

import { HOST_IS_LITTLE_ENDIAN } from '../pinned-buffer.js';

const INSTRUCTION_SIZE = 8;

/**
 * r0: results; r1 to r5: arguments, clobbered by a call; r6 to r9: preserved; r10: top of the stack, which
 * grows down
 */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** Kernel functions by number (enum bpf_func_id). All are available to socket filters since Linux 3.19. */
const HELPERS = { lookup: 1, update: 2, delete: 3 } as const;

type Condition = '==' | '!=';

/**
 * The operation codes of <linux/bpf_common.h> and <linux/bpf.h>, combined: class, size or source, mode or
 * operation.
 */
const CODES = {
  loadPacketWord: 0x20,
  toBigEndian32: 0xdc,
  copy: 0xbf,
  set: 0xb7,
  addConstant: 0x07,
  loadMapAddress: 0x18,
  loadLong: 0x79,
  loadStackWord: 0x61,
  storeWord: 0x63,
  storeConstantLong: 0x7a,
  atomicAddLong: 0xdb,
  call: 0x85,
  exit: 0x95,
  jump: 0x05,
} as const;

const JUMPS: Readonly<Record<Condition, { readonly constant: number; readonly register: number }>> = {
  '==': { constant: 0x15, register: 0x1d },
  '!=': { constant: 0x55, register: 0x5d },
};

/**
 * The same for the lower 32 bits, since Linux 5.1: a constant is sign-extended, so 0x80000000 equals no
 * 64-bit word.
 */
const JUMP_IF_WORD_EQUAL = 0x16;

/** In a load of an address: the constant is the descriptor of a map. */
const PSEUDO_MAP_FD = 1;

interface Fields {
  readonly code: number;
  readonly target?: Register;
  readonly source?: number;
  readonly offset?: number;
  readonly constant?: number;
}

/** One instruction, two for a 64-bit address, or none: a label for what follows. */
export type Step<Label extends string> =
  { readonly at: Label } | { readonly fields: Fields; readonly goTo?: Label };

const step = (fields: Fields): { readonly fields: Fields } => ({ fields });

/**
 * r0 = the word of the packet at this offset, converted from network order; r6 must hold the context.
 * Clobbers r1 to r5.
 */
export const loadPacketWord = (offset: number) => step({ code: CODES.loadPacketWord, constant: offset });

/** Undoes that conversion: the word is then in host order, as in the packet. */
export const toHostOrder = (target: Register) =>
  step({ code: CODES.toBigEndian32, target, source: 0, constant: 32 });

export const copy = (target: Register, source: Register) => step({ code: CODES.copy, target, source });

export const set = (target: Register, constant: number) => step({ code: CODES.set, target, constant });

export const add = (target: Register, constant: number) =>
  step({ code: CODES.addConstant, target, constant });

/** target = the address of this descriptor's map; the kernel keeps the map as long as the program */
export const loadMap = (target: Register, fd: number): { readonly fields: Fields } =>
  step({ code: CODES.loadMapAddress, target, source: PSEUDO_MAP_FD, constant: fd });

export const loadLong = (target: Register, source: Register, offset: number) =>
  step({ code: CODES.loadLong, target, source, offset });

export const loadWord = (target: Register, source: Register, offset: number) =>
  step({ code: CODES.loadStackWord, target, source, offset });

export const storeWord = (target: Register, offset: number, source: Register) =>
  step({ code: CODES.storeWord, target, source, offset });

export const storeConstant = (target: Register, offset: number, constant: number) =>
  step({ code: CODES.storeConstantLong, target, offset, constant });

/** Atomically adds to the 64 bits at target + offset. */
export const atomicAdd = (target: Register, offset: number, source: Register) =>
  step({ code: CODES.atomicAddLong, target, source, offset });

export const call = (helper: keyof typeof HELPERS) => step({ code: CODES.call, constant: HELPERS[helper] });

export const leave = () => step({ code: CODES.exit });

export const label = <Label extends string>(at: Label): { readonly at: Label } => ({ at });

export const jump = <Label extends string>(goTo: Label): Step<Label> => ({
  fields: { code: CODES.jump },
  goTo,
});

/** Jumps to the label if the comparison of the register with the constant or other register is true. */
export const jumpIf = <Label extends string>(
  left: Register,
  condition: Condition,
  right: number | { readonly register: Register },
  goTo: Label,
): Step<Label> => {
  const codes = JUMPS[condition];
  return typeof right === 'number'
    ? { fields: { code: codes.constant, target: left, constant: right }, goTo }
    : { fields: { code: codes.register, target: left, source: right.register }, goTo };
};

/** The same for 32-bit words. */
export const jumpIfWord = <Label extends string>(
  left: Register,
  constant: number,
  goTo: Label,
): Step<Label> => ({
  fields: { code: JUMP_IF_WORD_EQUAL, target: left, constant },
  goTo,
});

/** Returns the length of an instruction in units of 8 bytes: a map address has 64 bits. */
const size = ({ code }: Fields): number => (code === CODES.loadMapAddress ? 2 : 1);

/** @returns an array of struct bpf_insn. @throws Error for a jump to a label that is not there */
export function assemble<Label extends string>(program: readonly Step<Label>[]): Buffer {
  const labels = new Map<Label, number>();
  let length = 0;
  for (const each of program) {
    if ('at' in each) labels.set(each.at, length);
    else length += size(each.fields);
  }
  const code = Buffer.alloc(length * INSTRUCTION_SIZE);
  let position = 0;
  for (const each of program) {
    if ('at' in each) continue;
    const next = position + size(each.fields);
    write(code, position, {
      ...each.fields,
      ...(each.goTo !== undefined && { offset: distance(each.goTo) - next }),
    });
    position = next;
  }
  return code;

  function distance(goTo: Label): number {
    const to = labels.get(goTo);
    if (to === undefined) throw new Error(`a BPF program has no label ${goTo}`);
    return to;
  }
}

/** Encodes struct bpf_insn: code, two registers of four bits each, offset, constant */
function write(program: Buffer, position: number, fields: Fields): void {
  const { code, target = 0, source = 0, offset = 0, constant = 0 } = fields;
  const view = new DataView(program.buffer, program.byteOffset + position * INSTRUCTION_SIZE);
  view.setUint8(0, code);
  view.setUint8(1, HOST_IS_LITTLE_ENDIAN ? target | (source << 4) : (target << 4) | source);
  view.setInt16(2, offset, HOST_IS_LITTLE_ENDIAN);
  view.setInt32(4, constant | 0, HOST_IS_LITTLE_ENDIAN);
}

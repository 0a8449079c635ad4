import { test } from 'tap';

import {
  assemble,
  copy,
  jump,
  jumpIf,
  jumpIfWord,
  label,
  leave,
  loadMap,
  set,
  storeWord,
} from '../../../src/kernel/bpf/instructions.js';

/** The fields of each struct bpf_insn: code, target, source, offset, constant. */
function fields(code: Buffer): readonly (readonly number[])[] {
  const found: number[][] = [];
  for (let at = 0; at < code.length; at += 8) {
    const registers = code.readUInt8(at + 1);
    found.push([
      code.readUInt8(at),
      registers & 15,
      registers >> 4,
      code.readInt16LE(at + 2),
      code.readInt32LE(at + 4),
    ]);
  }
  return found;
}

test('an instruction has its code, registers, offset and constant where struct bpf_insn has them', (t) => {
  t.same(fields(assemble([copy(6, 1), storeWord(10, -4, 0), set(0, -1), leave()])), [
    [0xbf, 6, 1, 0, 0],
    [0x63, 10, 0, -4, 0],
    [0xb7, 0, 0, 0, -1],
    [0x95, 0, 0, 0, 0],
  ]);
  t.end();
});

test('a jump is counted from the next instruction, and the address of a map has two', (t) => {
  const program = assemble<'end' | 'start'>([
    label('start'),
    jumpIf(1, '==', 0, 'end'),
    loadMap(1, 7),
    jumpIf(1, '!=', { register: 2 }, 'start'),
    jump('end'),
    label('end'),
    leave(),
  ]);
  t.same(fields(program), [
    [0x15, 1, 0, 4, 0],
    [0x18, 1, 1, 0, 7],
    [0, 0, 0, 0, 0],
    [0x5d, 1, 2, -4, 0],
    [0x05, 0, 0, 0, 0],
    [0x95, 0, 0, 0, 0],
  ]);
  t.end();
});

test('a word is compared with all of its 32 bits', (t) => {
  t.same(
    fields(assemble([jumpIfWord(7, 0x8000_0000, 'end'), label('end'), leave()]))[0],
    [0x16, 7, 0, 0, -0x8000_0000],
  );
  t.end();
});

test('a jump to nowhere is a mistake of the program, said when it is put together', (t) => {
  t.throws(() => assemble<'nowhere'>([jump('nowhere')]), /no label nowhere/);
  t.end();
});

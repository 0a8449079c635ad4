import { test } from 'tap';

import { buildConnectorFilter } from '../../../src/kernel/netlink/connector-filter.js';
import {
  ALL_CONNECTOR_EVENTS,
  CONNECTOR_EVENTS,
  type ConnectorEventKind,
} from '../../../src/kernel/netlink/connector-messages.js';

/** What the kernel's interpreter does with the few instructions that the filter has. @returns bytes accepted */
function run(program: Buffer, packet: Buffer): number {
  let a = 0;
  let x = 0;
  for (let at = 0; ; at += 8) {
    const code = program.readUInt16LE(at);
    const operand = program.readUInt32LE(at + 4);
    const jump = (equal: boolean): number => 8 * program.readUInt8(at + (equal ? 2 : 3));
    if (code === 0x20) a = packet.readUInt32BE(operand);
    else if (code === 0x07) x = a;
    else if (code === 0x15) at += jump(a === operand);
    else if (code === 0x1d) at += jump(a === x);
    else if (code === 0x06) return operand;
    else throw new Error(`unexpected instruction ${code.toString(16)}`);
  }
}

function passes(kinds: readonly ConnectorEventKind[], what: number, words: readonly number[]): boolean {
  const packet = Buffer.alloc(76);
  packet.writeUInt32LE(what, 36);
  words.forEach((word, index) => packet.writeUInt32LE(word, 52 + 4 * index));
  return run(buildConnectorFilter(kinds), packet) !== 0;
}

test('an acknowledgement passes whatever is wanted', (t) => {
  t.ok(passes([], CONNECTOR_EVENTS.acknowledgement, [0]));
  t.end();
});

for (const kind of ALL_CONNECTOR_EVENTS) {
  const ofProcess = kind === 'fork' ? [11, 10, 20, 20] : [20, 20, 1, 2];
  const ofThread = kind === 'fork' ? [10, 10, 21, 20] : [21, 20, 1, 1];

  test(`${kind} passes when it is wanted, and only then`, (t) => {
    const others = ALL_CONNECTOR_EVENTS.filter((other) => other !== kind);
    t.ok(passes(ALL_CONNECTOR_EVENTS, CONNECTOR_EVENTS[kind], ofProcess));
    t.ok(passes([kind], CONNECTOR_EVENTS[kind], ofProcess));
    t.notOk(passes(others, CONNECTOR_EVENTS[kind], ofProcess));
    t.end();
  });

  test(`${kind} of a thread ${kind === 'coredump' ? 'passes: it ends the process' : 'is dropped'}`, (t) => {
    t.equal(passes(ALL_CONNECTOR_EVENTS, CONNECTOR_EVENTS[kind], ofThread), kind === 'coredump');
    t.end();
  });
}

test('kinds that do not exist yet are dropped', (t) => {
  t.notOk(passes(ALL_CONNECTOR_EVENTS, 0x400, [20, 20]));
  t.end();
});

import { test } from 'tap';

import { describeStatus, signalName, signalNumber } from '../../../src/kernel/process/signals.js';

const NUMBERS: readonly (readonly [string, number | undefined])[] = [
  ['TERM', 15],
  ['SIGTERM', 15],
  ['term', 15],
  ['15', 15],
  ['USR1', 10],
  ['CHLD', 17],
  ['RTMIN', 34],
  ['RTMIN+3', 37],
  ['SIGRTMIN+3', 37],
  ['RTMAX', 64],
  ['RTMAX-14', 50],
  ['RTMIN+31', undefined],
  ['RTMIN-1', undefined],
  ['RTMAX+1', undefined],
  ['0', undefined],
  ['65', undefined],
  ['TERMINATE', undefined],
  ['', undefined],
];

for (const [text, number] of NUMBERS) {
  test(`signal ${JSON.stringify(text)} is ${number ?? 'none'}`, (t) => {
    t.equal(signalNumber(text), number);
    t.end();
  });
}

test('every number has a name that means it', (t) => {
  for (let number = 1; number <= 64; number++) t.equal(signalNumber(signalName(number)), number);
  t.end();
});

test('usual names are preferred', (t) => {
  t.strictSame([6, 9, 17, 29, 37, 33].map(signalName), ['ABRT', 'KILL', 'CHLD', 'IO', 'RTMIN+3', '33']);
  t.end();
});

test('a wait status says exit status, signal and core dump', (t) => {
  t.strictSame(describeStatus(0), { status: 0 });
  t.strictSame(describeStatus(255 << 8), { status: 255 });
  t.strictSame(describeStatus(9), { signal: 'KILL', core: false });
  t.strictSame(describeStatus(11 | 0x80), { signal: 'SEGV', core: true });
  t.strictSame(describeStatus(37), { signal: 'RTMIN+3', core: false });
  t.end();
});

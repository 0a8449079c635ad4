import fc from 'fast-check';
import { test } from 'tap';
import { Backlog } from '../../../src/supervisor/output/backlog.js';
import { recordFormat } from '../../../src/supervisor/output/console-format.js';
import { LineSplitter } from '../../../src/supervisor/output/line-splitter.js';
import { logFileName } from '../../../src/supervisor/output/log-place.js';
import { RecentOutput } from '../../../src/supervisor/output/recent-output.js';

test('names of log files have underscores for slashes, and the instance behind a dash', (t) => {
  t.equal(logFileName({ name: 'foo', instance: '' }), 'foo.log');
  t.equal(logFileName({ name: 'net/foo', instance: 'a/b' }), 'net_foo-a_b.log');
  t.end();
});

test('lines are the same however the bytes are cut', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'é', '\n') })), (pieces) => {
      const bytes = Buffer.from(pieces.join(''));
      const lines: string[] = [];
      const splitter = new LineSplitter((line) => lines.push(line.toString()));
      for (let at = 0; at < bytes.length; at += 2) splitter.push(bytes.subarray(at, at + 2));
      splitter.end();
      const expected = pieces.join('').split('\n');
      if (expected.at(-1) === '') expected.pop();
      return JSON.stringify(lines) === JSON.stringify(expected);
    }),
  );
  t.end();
});

test('a line without end is passed on in pieces', (t) => {
  const lengths: number[] = [];
  const splitter = new LineSplitter((line) => lengths.push(line.length));
  for (let count = 0; count < 5; count += 1) splitter.push(Buffer.alloc(10_000, 'x'));
  splitter.end();
  t.same(lengths, [16_384, 16_384, 16_384, 848]);
  t.end();
});

test('the last lines are kept, and no more than a person reads', (t) => {
  const recent = new RecentOutput();
  for (let line = 0; line < 10_000; line += 1) recent.append(Buffer.from(`line ${line}\n`));
  recent.append(Buffer.from('half'));
  t.same(recent.lines(3), ['line 9998', 'line 9999', 'half']);
  t.ok(recent.lines(1_000_000).join('\n').length <= 16_384 + 10);
  recent.append(Buffer.alloc(100_000, 'y'));
  t.equal(recent.lines(10).join('').length, 16_384);
  recent.clear();
  t.same(recent.lines(10), []);
  t.end();
});

test('a backlog keeps whole pieces up to its bound, and counts the rest', (t) => {
  const backlog = new Backlog(8);
  for (const text of ['abc', 'defgh', 'ij']) backlog.push(Buffer.from(text));
  t.equal(backlog.peek().toString(), 'abcdefgh');
  backlog.remove(4);
  t.equal(backlog.peek().toString(), 'efgh');
  t.equal(backlog.length, 4);
  t.equal(backlog.takeLost(), 2);
  t.equal(backlog.takeLost(), 0);
  t.end();
});

test('a line on the console says whose it is', (t) => {
  const line = Buffer.from('hello "you" \xff', 'latin1');
  const foo = { name: 'foo', instance: '' };
  const x = { name: 'foo', instance: 'x' };
  const text = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString('latin1');
  t.equal(text(recordFormat(foo, 'prefix')(line)), 'foo: hello "you" \xff\n');
  t.equal(text(recordFormat(x, 'prefix')(line)), 'foo (x): hello "you" \xff\n');
  const json = Buffer.concat(recordFormat(x, 'json', () => new Date(0))(line)).toString();
  t.ok(json.endsWith('}\n'));
  t.same(JSON.parse(json), {
    time: '1970-01-01T00:00:00.000Z',
    job: 'foo',
    instance: 'x',
    message: 'hello "you" \ufffd',
  });
  t.end();
});

import { test } from 'tap';
import { numberOf, parseTrace, stringOf, stringsOf, TraceError } from '../../../src/tracker/trace/format.js';

function errorOf(text: string): string {
  try {
    parseTrace(text, 'x.jsonl');
  } catch (error) {
    if (error instanceof TraceError) return error.message;
    throw error;
  }
  return 'no error';
}

test('a line has its kind, the time of the event, that of its receipt, and its fields', (t) => {
  const [line] = parseTrace('{"ev":"fork","pid":1,"child":2,"t":10,"r":12}\n', 'x.jsonl');
  t.match(line, { ev: 'fork', t: 10, r: 12, fields: { pid: 1, child: 2 } });
  t.end();
});

test('without a time of receipt, a line was received when it happened', (t) => {
  t.match(parseTrace('{"ev":"sid","pid":1,"t":10}', 'x.jsonl'), [{ t: 10, r: 10 }]);
  t.end();
});

test('without any time, a line belongs to the moment of the line before', (t) => {
  t.match(parseTrace('{"ev":"sid","t":10,"r":12}\n{"ev":"note"}', 'x.jsonl'), [{}, { t: 12, r: 12 }]);
  t.end();
});

test('empty lines are passed over, and counted', (t) => {
  t.equal(parseTrace('\n\n{"ev":"note"}\n\n', 'x.jsonl').length, 1);
  t.match(errorOf('\n\n{'), /^x\.jsonl:3: /);
  t.end();
});

test('what cannot be read is named, with its line and with what was expected', (t) => {
  t.match(errorOf('{"ev":'), /^x\.jsonl:1: not JSON .*expected an object/);
  t.match(errorOf('{"ev":"note"}\n[1]'), /^x\.jsonl:2: found \[1\]; expected an object/);
  t.match(errorOf('null'), /found null/);
  t.match(errorOf('{"t":1}'), /"ev" is missing/);
  t.match(errorOf('{"ev":"note","t":"now"}'), /"t" is not a number/);
  t.match(errorOf('{"ev":"note","r":"now"}'), /"r" is not a number/);
  t.end();
});

test('a field that must be a number is named when it is not', (t) => {
  const [line] = parseTrace('{"ev":"exit","pid":"x","t":5}', 'x.jsonl');
  t.throws(() => numberOf(line!, 'pid'), { name: 'TraceError', message: /"exit" at t=5 has "x" for "pid"/ });
  t.throws(() => numberOf(line!, 'code'), { name: 'TraceError', message: /for "code"; expected a number/ });
  t.equal(numberOf(line!, 't'), 5);
  t.end();
});

test('fields that may be missing are undefined when they are missing, null or of another kind', (t) => {
  const [line] = parseTrace('{"ev":"exec","argv":null,"exe":null,"words":["a",1],"comm":3}', 'x.jsonl');
  t.equal(stringsOf(line!, 'argv'), undefined);
  t.equal(stringsOf(line!, 'words'), undefined);
  t.equal(stringOf(line!, 'exe'), undefined);
  t.equal(stringOf(line!, 'comm'), undefined);
  const [other] = parseTrace('{"ev":"exec","argv":["a","b"],"exe":"/a"}', 'x.jsonl');
  t.same(stringsOf(other!, 'argv'), ['a', 'b']);
  t.equal(stringOf(other!, 'exe'), '/a');
  t.end();
});

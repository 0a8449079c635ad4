/** Codecs: what is written is read again, and what is not what was expected is refused with its place. */
import fc from 'fast-check';
import { test } from 'tap';
import {
  absentable,
  amount,
  boolean,
  checked,
  converted,
  count,
  integer,
  literal,
  milliseconds,
  nanoseconds,
  nullable,
  number,
  opaque,
  parseJson,
  pid,
  string,
  type Codec,
} from '../../src/codec/codec.js';
import { dictionary, list, recursive, subset } from '../../src/codec/containers.js';
import { variant } from '../../src/codec/record.js';
import { DecodeError } from '../../src/codec/decode-error.js';

/** One direction of a codec of any type. */
interface Reader {
  readonly read: (json: unknown, context: undefined) => unknown;
}

/** What the error of reading says, without a context. */
function refusal(codec: Reader, json: unknown): string {
  try {
    codec.read(json, undefined);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
  return 'was read';
}

test('a value of the wrong type is refused by what was expected and found', (t) => {
  t.equal(refusal(string, 7), 'expected a string, found 7');
  t.equal(refusal(boolean, 'yes'), 'expected true or false, found "yes"');
  t.equal(refusal(number, null), 'expected a number, found null');
  t.equal(refusal(number, undefined), 'expected a number, found nothing');
  t.equal(refusal(amount, -1), 'expected a number of at least 0, found -1');
  t.equal(refusal(count, 1.5), 'expected an integer of at least 0, found 1.5');
  t.equal(refusal(literal('a', 'b'), 'c'), 'expected one of a, b, found "c"');
  t.equal(refusal(literal(1), 2), 'expected 1, found 2');
  t.equal(refusal(list(string), {}), 'expected a list, found an object');
  t.equal(refusal(dictionary(string), ['a']), 'expected an object, found a list of 1');
  t.equal(refusal(opaque, undefined), 'expected a value, found nothing');
  t.equal(refusal(subset(['a', 'b'], number), { c: 1 }), 'expected only a, b as keys, found "c"');
  t.equal(
    refusal(
      checked(string, 'no blank', (text) => !text.includes(' ')),
      'a b',
    ),
    'expected no blank, found "a b"',
  );
  t.match(refusal(string, ['x'.repeat(1000)]), /^.{1,60}$/, 'what was found is not quoted without end');
  t.match(refusal(number, 'x'.repeat(1000)), /^.{1,100}$/);
  t.throws(() => parseJson('{'), { name: 'DecodeError', path: '', expected: 'JSON' });
  t.end();
});

test('numbers that a kernel call would cut to another one are no process ids', (t) => {
  for (const value of [0, -1, 1.5, 2 ** 22 + 1, 2 ** 32 + 1, 1e300, Infinity, NaN, '1'])
    t.not(refusal(pid, value), 'was read', String(value));
  t.equal(refusal(pid, 2 ** 22), 'was read');
  t.not(refusal(number, Infinity), 'was read');
  t.equal(refusal(integer(-1, 1), 1), 'was read');
  t.end();
});

test('a time that has no date is damage', (t) => {
  t.equal(milliseconds.read(-1.5, undefined), -1.5);
  t.match(refusal(milliseconds, 1e300), /^expected a number of milliseconds/);
  t.match(refusal(milliseconds, -1e15), /^expected/);
  t.match(refusal(nanoseconds, 1e21), /^expected a number of nanoseconds/);
  const furthest = nanoseconds.read(1e20, undefined);
  t.doesNotThrow(() => new Date(Date.now() + furthest / 1e6).toISOString());
  t.end();
});

test('the place of a wrong part is named, through objects and lists', (t) => {
  const codec = dictionary(list(dictionary(number)));
  t.equal(refusal(codec, { jobs: [{}, { age: 'x' }] }), 'jobs[1].age: expected a number, found "x"');
  t.equal(refusal(list(list(number)), [[1], [2, null]]), '[1][1]: expected a number, found null');
  t.equal(refusal(codec, { jobs: 3 }), 'jobs: expected a list, found 3');
  t.end();
});

test('what is not there is null, or absent', (t) => {
  t.same([nullable(string).write(undefined, undefined), nullable(string).write('a', undefined)], [null, 'a']);
  t.equal(nullable(string).read(null, undefined), undefined);
  t.not(refusal(nullable(string), undefined), 'was read');
  for (const absent of [null, undefined]) t.equal(absentable(string).read(absent, undefined), undefined);
  t.equal(absentable(string).write(undefined, undefined), undefined);
  t.end();
});

test('a value may be written as another one, with regard to the context', (t) => {
  const age = converted<number, number, { readonly now: number }>(
    number,
    (moment, { now }) => now - moment,
    (past, { now }) => now - past,
  );
  t.equal(age.write(90, { now: 100 }), 10);
  t.equal(age.read(10, { now: 5000 }), 4990, 'the clock of another program');
  t.end();
});

type Tree = { readonly kind: 'leaf'; readonly name: string } | { readonly kind: 'and'; readonly left: Tree };

test('what contains its own kind ends somewhere', (t) => {
  const tree: Codec<Tree> = recursive(() => kinds, { expected: 'a tree', deepest: 100 });
  const kinds: Codec<Tree> = variant('kind', { leaf: { name: string }, and: { left: tree } });
  const deep = (levels: number): unknown =>
    Array.from({ length: levels }).reduce<unknown>((left) => ({ kind: 'and', left }), {
      kind: 'leaf',
      name: 'x',
    });
  t.equal(refusal(tree, deep(99)), 'was read');
  t.match(refusal(tree, deep(100)), /expected a tree of at most 100 levels/);
  t.equal(refusal(tree, deep(99)), 'was read', 'an error does not count for the next');
  t.same(tree.write(tree.read(deep(3), undefined), undefined), deep(3));
  t.end();
});

test('nothing that JSON can hold makes a codec fail otherwise than by its own error', (t) => {
  const codecs: readonly Reader[] = [
    string,
    number,
    pid,
    list(string),
    dictionary(list(number)),
    nullable(count),
  ];
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...codecs), (json, codec) => {
      refusal(codec, json);
    }),
  );
  t.end();
});

test('a negative zero is read as the zero that is written', (t) => {
  for (const codec of [number, amount, count, milliseconds, nanoseconds])
    t.ok(Object.is(codec.read(JSON.parse('-0'), undefined), 0));
  t.end();
});

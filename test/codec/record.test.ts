/** Records: each field of a type is declared once, and one that is missing does not compile. */
import { test } from 'tap';
import { boolean, count, literal, nullable, number, string } from '../../src/codec/codec.js';
import { list } from '../../src/codec/containers.js';
import {
  dropped,
  field,
  inlined,
  keyed,
  linked,
  optional,
  record,
  transient,
} from '../../src/codec/record.js';

interface Name {
  readonly first: string;
  readonly last: string;
}

interface Person {
  readonly name: Name;
  readonly full: string;
  readonly age: number | undefined;
  readonly visits: number;
  readonly nick?: string;
  readonly hat?: 'on' | 'off';
}

const person = record<Person>({
  name: inlined(record<Name>({ first: string, last: string })),
  full: transient('follows from the name', ({ name: { first, last } }) => `${first} ${last}`),
  age: field(nullable(number), { name: 'years' }),
  visits: field(count, { whenAbsent: () => 0 }),
  nick: optional(string),
  hat: dropped('it is put on anew each day'),
});

const ADA: Person = {
  name: { first: 'Ada', last: 'L' },
  full: 'Ada L',
  age: undefined,
  visits: 3,
  hat: 'on',
};

test('fields are saved under their names, beside one another, or not at all', (t) => {
  t.same(person.write(ADA, undefined), { first: 'Ada', last: 'L', years: null, visits: 3 });
  const { hat: _, ...rest } = ADA;
  t.strictSame(person.read({ first: 'Ada', last: 'L', years: null, visits: 3 }, undefined), rest);
  t.match(person.read({ first: 'A', last: 'B', years: 4, nick: 'x', later: [] }, undefined), {
    full: 'A B',
    visits: 0,
    nick: 'x',
  });
  t.end();
});

test('a wrong field is refused with its place; a missing one too, unless former versions did not have it', (t) => {
  const refuses = (json: unknown, path: string, expected: string): void => {
    t.throws(() => list(person).read([json], undefined), {
      name: 'DecodeError',
      path,
      expected,
    });
  };
  refuses({ last: 'L', years: 1 }, '[0].first', 'a string');
  refuses({ first: 'A', last: 'L' }, '[0].years', 'a number');
  refuses({ first: 'A', last: 'L', years: 1, visits: null }, '[0].visits', 'an integer of at least 0');
  refuses({ first: 'A', last: 'L', years: 1, nick: null }, '[0].nick', 'a string');
  refuses([], '[0]', 'an object');
  t.end();
});

test('a field may be read with regard to those before it', (t) => {
  interface Line {
    readonly length: number;
    readonly marks: readonly number[];
  }
  const line = record<Line>({
    length: number,
    marks: linked(
      'at',
      (marks) => marks,
      (json, context, { length }) =>
        list(number)
          .read(json, context)
          .filter((mark) => mark <= length),
    ),
  });
  t.same(line.read({ length: 5, at: [1, 9] }, undefined).marks, [1]);
  t.end();
});

test('a table is a list of its values with their keys, each once', (t) => {
  const table = keyed('who', literal('a', 'b'), record<{ readonly on: boolean }>({ on: boolean }));
  const map = new Map([['b', { on: true }] as const]);
  t.same(table.write(map, undefined), [{ who: 'b', on: true }]);
  t.same(table.read([{ who: 'b', on: true }], undefined), map);
  t.throws(() => table.read([{ who: 'c', on: true }], undefined), {
    message: '[0].who: expected one of a, b, found "c"',
  });
  t.throws(
    () =>
      table.read(
        [
          { who: 'b', on: true },
          { who: 'b', on: false },
        ],
        undefined,
      ),
    { message: '[1]: expected each who once, found "b"' },
  );
  t.end();
});

test('what the compiler refuses', (t) => {
  // @ts-expect-error -- a field of the type is not declared
  record<Name>({ first: string });
  // @ts-expect-error -- a declared field is none of the type
  record<Name>({ first: string, last: string, middle: string });
  // @ts-expect-error -- a codec of another type
  record<Name>({ first: string, last: number });
  // @ts-expect-error -- a codec of fewer values
  record<{ readonly on: boolean | undefined }>({ on: boolean });
  // @ts-expect-error -- a field that is always there cannot be optional
  record<Name>({ first: string, last: optional(string) });
  // @ts-expect-error -- a field that may be missing has to be
  record<{ readonly nick?: string }>({ nick: string });
  // @ts-expect-error -- what is not saved needs a reason
  record<Name>({ first: string, last: transient(() => '') });
  t.end();
});

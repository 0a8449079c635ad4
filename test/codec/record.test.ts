/** Records: each field is declared once, and the type of the object follows from that. */
import { test } from 'tap';
import { boolean, count, literal, nullable, number, string, type Codec } from '../../src/codec/codec.js';
import { list } from '../../src/codec/containers.js';
import {
  changing,
  field,
  inlined,
  linked,
  optional,
  setting,
  transient,
  variable,
} from '../../src/codec/field.js';
import { keyed, record, recordOf, variant, type Recorded } from '../../src/codec/record.js';

const name = record({ first: string, last: string });
type Name = Recorded<typeof name>;

const person = record({
  name: inlined(name),
  full: transient(
    'follows from the name',
    ({ name: { first, last } }: { readonly name: Name }) => `${first} ${last}`,
  ),
  age: field(nullable(number), { name: 'years' }),
  visits: variable(count, { initial: 0, isNew: true }),
  mood: variable(literal('well', 'ill'), { initial: 'well' }),
  friends: field(list(string), { initial: () => [] }),
  size: setting(number, 170),
  tags: setting(list(string), []),
  nick: optional(string),
});
type Person = Recorded<typeof person>;

const ADA: Person = {
  name: { first: 'Ada', last: 'L' },
  full: 'Ada L',
  age: undefined,
  visits: 3,
  mood: 'ill',
  friends: ['Mary'],
  size: 170,
  tags: [],
};

const SAVED_ADA = { first: 'Ada', last: 'L', years: null, visits: 3, mood: 'ill', friends: ['Mary'] };

test('fields are saved under their names, beside one another, or not at all', (t) => {
  t.same(JSON.parse(JSON.stringify(person.write(ADA, undefined))), SAVED_ADA, 'no default is written');
  t.strictSame(person.read(SAVED_ADA, undefined), ADA);
  const other = { ...SAVED_ADA, years: 4, size: 150, tags: ['x'], nick: 'x', later: [] };
  const read = person.read(other, undefined);
  t.match(read, { age: 4, size: 150, tags: ['x'], nick: 'x' });
  const { later: _, ...known } = other;
  t.same(JSON.parse(JSON.stringify(person.write(read, undefined))), known);
  t.end();
});

test('a new object has initial values, and the others are given', (t) => {
  const fresh = person.create({ name: { first: 'A', last: 'B' }, age: 4 });
  t.strictSame(fresh, {
    name: { first: 'A', last: 'B' },
    age: 4,
    full: 'A B',
    visits: 0,
    mood: 'well',
    friends: [],
    size: 170,
    tags: [],
  });
  t.not(fresh.friends, person.create({ name: fresh.name, age: 4 }).friends, 'a function makes one for each');
  t.equal(person.create({ name: fresh.name, age: 4, visits: 2, nick: 'y' }).visits, 2);
  t.same(person.initial, { visits: 0, mood: 'well', friends: [], size: 170, tags: [] });
  t.end();
});

interface Around {
  readonly nodes: readonly Node[];
}

const above: Codec<Node | undefined, Around> = {
  write: (node, { nodes }) => (node === undefined ? -1 : nodes.indexOf(node)),
  read: (json, { nodes }) => nodes[number.read(json, undefined)],
};

const node = record({
  up: changing(field(above, { initial: undefined })),
  top: transient(
    'the first of them',
    (whole: { readonly up: Node | undefined }): Node => whole.up?.top ?? (whole as Node),
  ),
});
interface Node extends Recorded<typeof node> {}

test('objects may refer to others of their kind', (t) => {
  const first = node.read({ up: -1 }, { nodes: [] });
  const second = node.read({ up: 0 }, { nodes: [first] });
  t.equal(first.top, first);
  t.equal(second.top, first);
  t.same(node.write(second, { nodes: [first] }), { up: 0 });
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
  const { first: _, ...nameless } = SAVED_ADA;
  refuses(nameless, '[0].first', 'a string');
  refuses({ first: 'A', last: 'L' }, '[0].years', 'a number');
  refuses({ ...SAVED_ADA, visits: null }, '[0].visits', 'an integer of at least 0');
  refuses({ first: 'A', last: 'L', years: 1, visits: 1 }, '[0].mood', 'one of well, ill');
  refuses({ ...SAVED_ADA, nick: null }, '[0].nick', 'a string');
  refuses([], '[0]', 'an object');
  t.end();
});

test('a field may be read with regard to those before it', (t) => {
  const line = record({
    length: number,
    marks: linked(
      'at',
      (marks: readonly number[]) => marks,
      (json, context, { length }: { readonly length: number }) =>
        list(number)
          .read(json, context)
          .filter((mark) => mark <= length),
    ),
  });
  t.same(line.read({ length: 5, at: [1, 9] }, undefined).marks, [1]);
  t.end();
});

test('a table is a list of its values with their keys, each once', (t) => {
  const table = keyed('who', literal('a', 'b'), record({ on: boolean }));
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

test('a field tells kinds of objects apart', (t) => {
  const probe = variant('by', {
    tcp: { port: count },
    exec: { command: string, shell: setting(boolean, false) },
  });
  const tcp: Recorded<typeof probe> = { by: 'tcp', port: 80 };
  t.strictSame(probe.read(probe.write(tcp, undefined), undefined), tcp);
  t.strictSame(probe.read({ by: 'exec', command: 'x' }, undefined), {
    by: 'exec',
    command: 'x',
    shell: false,
  });
  const refuses = (json: unknown, message: string): void => {
    t.throws(() => probe.read(json, undefined), { message });
  };
  refuses({ by: 'udp' }, 'by: expected one of tcp, exec, found "udp"');
  refuses({ by: 'constructor' }, 'by: expected one of tcp, exec, found "constructor"');
  refuses({ by: 'tcp', port: 'x' }, 'port: expected an integer of at least 0, found "x"');
  t.end();
});

test('what the compiler refuses', (t) => {
  const ada = person.create(ADA);
  ada.mood = 'well';
  // @ts-expect-error -- a field that does not change
  ada.age = 4;
  // @ts-expect-error -- a field without an initial value is not given
  person.create({ name: ADA.name });
  // @ts-expect-error -- an initial value of another type
  field(count, { initial: '0' });
  // @ts-expect-error -- a value that the codec does not know
  field(literal('a', 'b'), { whenAbsent: () => 'c' });
  // @ts-expect-error -- no declaration
  record({ first: { isChanging: true } });
  // @ts-expect-error -- it wants to know what no field says
  record({ full: transient('follows from the name', (whole: { readonly first: string }) => whole.first) });
  // @ts-expect-error -- what is not saved needs a reason
  transient(() => '');
  t.end();
});

test('what the compiler refuses where the type stands elsewhere', (t) => {
  // @ts-expect-error -- a field of the type is not declared
  recordOf<Name>({ first: string });
  // @ts-expect-error -- a declared field is none of the type
  recordOf<Name>({ first: string, last: string, middle: string });
  // @ts-expect-error -- a codec of another type
  recordOf<Name>({ first: string, last: number });
  // @ts-expect-error -- a codec of fewer values
  recordOf<{ readonly on: boolean | undefined }>({ on: boolean });
  // @ts-expect-error -- a field that is always there cannot be optional
  recordOf<Name>({ first: string, last: optional(string) });
  // @ts-expect-error -- a field that may be missing has to be
  recordOf<{ readonly nick?: string }>({ nick: string });
  t.end();
});

/** What inputs of several targets are made of. */
import fc from 'fast-check';

/** Bytes that mean something to one of the readers, and some that mean nothing. */
export const SPECIAL = '\n\r\t "\'\\#;=[](){}$!,.-+*%@:/\0\x7f';

export const byte = fc.integer({ min: 0, max: 255 });

/** Any bytes, as a Buffer. */
export const bytes = (maxLength) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Numbers at the edges of what fields of the kernel hold. */
export const edge = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);

export const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...SPECIAL), maxLength: 8 }),
  fc.constantFrom(
    '',
    '-1',
    '0',
    '1',
    '99999999999999999999',
    '../..',
    '/',
    '\u2028',
    '\ufeff',
    'ü',
    '%u',
    '__proto__',
  ),
);

/** Ways to damage a text or its bytes; several make one damaged text. */
const damage = (pieces) =>
  fc.oneof(
    fc.record({ kind: fc.constant('put'), at: fc.nat(), text: fc.constantFrom(...SPECIAL) }),
    fc.record({ kind: fc.constant('put'), at: fc.nat(), text: oddText }),
    fc.record({ kind: fc.constant('put'), at: fc.nat(), text: fc.constantFrom(...pieces) }),
    fc.record({ kind: fc.constant('cut'), at: fc.nat(), length: fc.nat({ max: 40 }) }),
    fc.record({ kind: fc.constant('double'), at: fc.nat(), length: fc.nat({ max: 200 }) }),
    fc.record({ kind: fc.constant('end'), at: fc.nat() }),
  );

/**
 * One of some texts, damaged up to four times.
 * @param pieces what is put in besides odd characters, for instance lines of the texts
 */
export function damaged(texts, pieces) {
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(damage(pieces), { maxLength: 4 }))
    .map(([text, damages]) => damages.reduce(apply, text));
}

function apply(text, { kind, at, text: put = '', length = 0 }) {
  const place = text.length === 0 ? 0 : at % (text.length + 1);
  switch (kind) {
    case 'put':
      return text.slice(0, place) + put + text.slice(place);
    case 'cut':
      return text.slice(0, place) + text.slice(place + length);
    case 'double':
      return text.slice(0, place) + text.slice(place, place + length).repeat(2) + text.slice(place + length);
    case 'end':
      return text.slice(0, place);
  }
}

/** JSON values, and damage to a JSON value: another one in the place of any part, or a key that is missing or there twice. */
const jsonPart = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    1,
    0.5,
    1e308,
    2 ** 53,
    2 ** 22,
    2 ** 31,
    '',
    'x',
    [],
    {},
    [null],
    [[]],
  ),
  fc.integer(),
  oddText,
);

/** A JSON value of which some parts are others. */
export function damagedJson(values) {
  const change = fc.record({
    place: fc.nat(),
    how: fc.constantFrom('replace', 'replace', 'remove', 'double', 'move'),
    value: jsonPart,
    from: fc.nat(),
  });
  return fc
    .tuple(fc.constantFrom(...values), fc.array(change, { maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(changeJson, value));
}

function changeJson(root, { place, how, value, from }) {
  const copy = structuredClone(root);
  const places = placesIn(copy);
  if (places.length === 0) return copy;
  const [holder, key] = places[place % places.length];
  if (how === 'replace') holder[key] = value;
  else if (how === 'remove' && Array.isArray(holder)) holder.splice(key, 1);
  else if (how === 'remove') delete holder[key];
  else if (how === 'double' && Array.isArray(holder)) holder.splice(key, 0, structuredClone(holder[key]));
  else if (how === 'move') {
    const [other, otherKey] = places[from % places.length];
    holder[key] = structuredClone(other[otherKey]);
  }
  return copy;
}

/** Every part of a value, by what holds it and its key. */
function placesIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const own = Array.isArray(value) ? Number(key) : key;
    return [[value, own], ...placesIn(part)];
  });
}

import t from 'tap';
import type { Getent } from '../../src/kernel/getent.js';
import { RulesPlace, rulesSkip } from '../helpers/rules-place.js';

const skip = rulesSkip();

/** Users that only a name service knows. The first is there, the second only in the groups of a login. */
const ANSWERS: Readonly<Record<string, string>> = {
  'passwd rt-dora': 'rt-dora:*:61971:61971::/:/bin/sh',
  'passwd 61971': 'rt-dora:*:61971:61971::/:/bin/sh',
  'passwd 61972': 'rt-edda:*:61972:61972::/:/bin/sh',
  'group rt-staff': 'rt-staff:*:61975:',
  'initgroups rt-dora': 'rt-dora 61971',
  'initgroups rt-edda': 'rt-edda 61972 61975',
};
const getent: Getent = (database, keys) =>
  Promise.resolve({ ok: true, text: keys.map((key) => ANSWERS[`${database} ${key}`] ?? '').join('\n') });

t.test('rules hold for users and groups that are not in /etc', { skip }, async (t) => {
  const place = new RulesPlace(t);
  const { scope } = place;
  const program = place.program('rt-accounts');
  place.rules(
    `rt-dora:rt-accounts cpu ${scope}/by-name`,
    `@rt-staff:rt-accounts cpu ${scope}/%u`,
    `*:rt-accounts cpu ${scope}/others-%u`,
    `rt-nobody cpu ${scope}/x`,
  );
  const before = place.start(program, 61972);
  await place.service(t, { getent });
  const [dora, stranger] = [place.start(program, 61971), place.start(program, 61973)];
  await place.untilIn(before, 'cpu', 'rt-edda');
  await place.untilIn(dora, 'cpu', 'by-name');
  await place.untilIn(stranger, 'cpu', 'others-61973');
  t.ok(place.said.includes(`${place.config}:4: there is no user "rt-nobody"`));
});

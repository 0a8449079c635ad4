import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Getent } from '../../src/kernel/users/getent.js';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { RulesPlace, rulesSkip } from '../helpers/rules-place.js';

const FOSTER = fileURLToPath(new URL('../helpers/foster.js', import.meta.url));

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

/** A name service of Debian that needs no server: its users are in a file of its own. */
const hasExtraUsers = existsSync('/usr/lib/libnss_extrausers.so.2');

/** With the machine's files for the name service hidden by those of the test, in a mount namespace of its own. */
const HIDE = `
set -e
mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf
mkdir -p /var/lib/extrausers
mount -t tmpfs extrausers /var/lib/extrausers
cp "$1/passwd" "$1/group" /var/lib/extrausers
shift
exec "$@"
`;

t.test(
  'what the machine’s own name service knows is asked for',
  { skip: skip || (hasExtraUsers ? false : 'libnss-extrausers is not installed') },
  async (t) => {
    const place = new RulesPlace(t);
    const { directory, scope } = place;
    const write = (file: string, text: string) => writeFileSync(join(directory, file), text);
    write('nsswitch.conf', 'passwd: files extrausers\ngroup: files extrausers\n');
    write('passwd', 'rt-fay:x:61974:61974::/:/bin/sh\nrt-gus:x:61976:61976::/:/bin/sh\n');
    write('group', 'rt-team:x:61978:rt-gus\nrt-fay:x:61974:\nrt-gus:x:61976:\n');
    place.rules(
      `rt-fay:rt-real cpu ${scope}/%u-%g`,
      `@rt-team:rt-real cpu ${scope}/team-%u`,
      'rt-none cpu x',
    );
    const program = place.program('rt-real');
    const [fay, gus] = [place.start(program, 61974), place.start(program, 61976)];
    const rules = [process.execPath, FOSTER, 'rules', '--once', '--config', place.config];
    const { status, err } = await outcomeOf(
      spawnChild(
        'unshare',
        ['--mount', '--propagation', 'private', 'sh', '-c', HIDE, 'sh', directory, ...rules],
        { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
      ),
    );
    t.equal(status, 0, err);
    await place.untilIn(fay, 'cpu', 'rt-fay-rt-fay');
    await place.untilIn(gus, 'cpu', 'team-rt-gus');
    t.match(err, ':3: there is no user "rt-none"');
  },
);

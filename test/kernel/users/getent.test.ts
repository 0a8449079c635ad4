import t from 'tap';
import { asksBeyondFiles, parseInitgroups, runGetent } from '../../../src/kernel/users/getent.js';
import { parseUsers } from '../../../src/kernel/users/users.js';
import { outcomeOf, spawnChild } from '../../helpers/child.js';

t.test('only where nsswitch.conf names more than the files is anybody asked', (t) => {
  t.notOk(asksBeyondFiles(''));
  t.notOk(asksBeyondFiles('passwd: files\ngroup:\tfiles # sss\nhosts: files dns\n'));
  t.notOk(asksBeyondFiles('passwd: compat [NOTFOUND=return] files\n'));
  t.ok(asksBeyondFiles('passwd: files\ngroup: files sss\n'));
  t.ok(asksBeyondFiles('passwd: files [!UNAVAIL=return] ldap\n'));
  t.ok(asksBeyondFiles('  passwd :files systemd\n'));
  t.end();
});

t.test('the groups of a login, as getent prints them', (t) => {
  t.same(
    [...parseInitgroups('root                 \nann                   27 100\n\n')],
    [
      ['root', []],
      ['ann', [27, 100]],
    ],
  );
  t.end();
});

const hasGetent = (await outcomeOf(spawnChild('which', ['getent'], { stdio: 'ignore' }))).status === 0;
const skip = hasGetent ? false : 'getent is not installed';

t.test('getent answers for who is there, and is silent about others', { skip }, async (t) => {
  const answer = await runGetent('passwd', ['root', 'nobody-of-this-name']);
  t.match(answer, { ok: true });
  if (answer.ok) t.match(parseUsers(answer.text), [{ name: 'root', uid: 0 }]);
  t.same(await runGetent('group', ['-no-option-but-a-name']), { ok: true, text: '' });
});

t.test('a getent that cannot be run is an answer, too', async (t) => {
  const before = process.env['PATH'];
  t.teardown(() => (process.env['PATH'] = before));
  process.env['PATH'] = '/nonexistent';
  t.match(await runGetent('passwd', ['root']), { ok: false, reason: /^getent passwd: .*ENOENT/ });
});

/** What a job's user may put where foster looks: nothing of it is an internal error, and no other job notices. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { Supervisor } from '../helpers/supervisor.js';

/** Links that stat(2) does not get through. */
const TRAPS: Readonly<Record<string, string>> = {
  circle: 'circle',
  'below-a-file': 'file/below',
  'too-long': 'a'.repeat(300),
  nowhere: 'nothing/at/all',
};

/** Stanzas that name a path. */
const STANZAS: Readonly<Record<string, (path: string) => string>> = {
  log: (path) => `log file ${path}`,
  pid: (path) => `pid file ${path}`,
  ready: (path) => `ready path ${path}`,
  directory: (path) => `chdir ${path}`,
  root: (path) => `chroot ${path}`,
  variables: (path) => `env file -${path}`,
};

test('links that lead nowhere are no internal error, whichever stanza names them', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  const directory = join(supervisor.directory, 'of-the-user');
  mkdirSync(directory);
  writeFileSync(join(directory, 'file'), '');
  supervisor.write('other.conf', 'exec sleep 1000\n');
  for (const [trap, target] of Object.entries(TRAPS)) {
    symlinkSync(target, join(directory, trap));
    for (const [name, stanza] of Object.entries(STANZAS))
      supervisor.write(
        `${name}-${trap}.conf`,
        `start on go\n${stanza(join(directory, trap))}\nexec sh -c 'echo hi; sleep 1000 & exit 0'\n`,
      );
  }
  await supervisor.begin();
  await supervisor.cli('start', 'other');
  const { main } = await supervisor.status('other');
  await supervisor.cli('emit', '--no-wait', 'go');
  // all of them have been started by the time that this one has
  await supervisor.cli('restart', 'other');
  t.not((await supervisor.status('other')).main, main);
  t.notMatch(supervisor.messages, /Internal error/);
});

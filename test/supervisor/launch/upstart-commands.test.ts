import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { UPSTART_COMMANDS } from '../../../src/installation.js';
import { checkText } from '../../../src/jobfile/check.js';
import type { Syntax } from '../../../src/jobfile/draft.js';
import { withUpstartCommands } from '../../../src/supervisor/launch/environment.js';

function pathOf(text: string, syntax: Syntax = 'conf'): string {
  const checked = checkText(text, 'job', syntax);
  if (!checked.ok) throw new Error(checked.errors[0].message);
  return withUpstartCommands(checked.class, '/bin');
}

test('a .conf job that may call Upstart’s commands has them, last in its PATH', (t) => {
  for (const text of [
    'pre-start script\n  [ -f /x ] || { stop; exit 0; }\nend script\nexec sleep 9\n',
    'exec initctl emit x\n',
    'script\n  status other\nend script\n',
    'post-stop exec start other\n',
    'exec /opt/site/run\n',
    'script\n  . /etc/default/x\nend script\n',
  ])
    t.equal(pathOf(text), `/bin:${UPSTART_COMMANDS}`, text);
  for (const text of ['exec /usr/sbin/nginx\n', 'exec sleep 9\n', 'exec daemon --no-start\n'])
    t.equal(pathOf(text), '/bin', text);
  t.equal(pathOf('exec = stop other\n', 'ini'), '/bin');
  t.end();
});

test('they are there, and are called by their names', (t) => {
  for (const name of ['initctl', 'start', 'stop', 'restart', 'reload', 'status'])
    t.ok(existsSync(join(UPSTART_COMMANDS, name)), name);
  const { status, stderr } = spawnSync('stop', ['x'], {
    env: { PATH: `${process.env['PATH'] ?? ''}:${UPSTART_COMMANDS}`, FOSTER_SOCKET: '/nonexistent/s' },
    encoding: 'utf8',
  });
  t.equal(status, 1);
  t.match(stderr, /^stop: /);
  t.end();
});

import { spawnSync } from 'node:child_process';
import { test } from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import { commandLine, jobText, rejectionOf } from '../../../src/supervisor/run-jobs/job-text.js';

const WORDS: readonly (readonly string[])[] = [
  ['/bin/true'],
  ['sh', '-c', 'echo "$HOME" | cat; exit 3'],
  [
    "it's",
    '',
    ' two  words ',
    'a"b',
    'x;y',
    '#no comment',
    'back\\slash',
    '~',
    '*',
    '$(date)',
    '`date`',
    '&&',
  ],
  ['A=1', 'cmd'],
  ['exec', 'x'],
  ['päth', '=', '[x]', '{', '}'],
];

test('the command of the job file has the very words, to a shell as to the parser', (t) => {
  for (const argv of WORDS) {
    const line = commandLine(argv);
    const { stdout } = spawnSync('/bin/sh', ['-c', `for w in ${line}; do printf '%s\\0' "$w"; done`]);
    t.same(stdout.toString().split('\0').slice(0, -1), argv);
    const checked = checkText(jobText({ name: 'x', argv, env: [] }, 'x.ini'), 'x', 'ini');
    if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
    t.same(checked.class.processes.main, { exec: line }, line);
  }
  t.end();
});

test('directory, user, variables and respawning stand in the file', (t) => {
  const request = { name: 'x', argv: ['a'], env: ['A=b c', 'D="'], directory: '/srv/my dir', user: 'nobody' };
  const checked = checkText(jobText({ ...request, respawn: true }, 'x.ini'), 'x', 'ini');
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  const expected = { env: request.env, chdir: '/srv/my dir', setuid: 'nobody', respawn: true };
  t.match(checked.class, expected);
  t.end();
});

test('what a job file cannot hold is refused', (t) => {
  const fit = { name: 'web-1', argv: ['a'], env: [] };
  t.equal(rejectionOf(fit), undefined);
  for (const name of ['', '.x', 'a/b', '../x', 'a b', 'x'.repeat(101)])
    t.match(rejectionOf({ ...fit, name }), /is not a valid name for a job/);
  t.match(rejectionOf({ ...fit, argv: [] }), /no command/);
  t.match(rejectionOf({ ...fit, argv: ['a', 'b\nc'] }), /line break/);
  t.match(rejectionOf({ ...fit, env: ['A=b\nc'] }), /line break/);
  t.end();
});

/** What a line says that somebody wrote from habit or by guess: the word, and at once what to write instead. */
import { test } from 'tap';
import { checkText } from '../../src/jobfile/check.js';
import { explain } from '../../src/jobfile/job-file-error.js';

function sentences(text: string, form: 'ini' | 'conf'): readonly string[] {
  const checked = checkText(text, 'web', form);
  return checked.ok
    ? checked.warnings.map(({ message, remedy }) => `${message}; ${remedy ?? ''}`)
    : checked.errors.map(explain);
}

const CASES: readonly (readonly ['ini' | 'conf', string, string])[] = [
  ['ini', 'user = nobody', 'Unknown stanza: found "user", expected a stanza; here this is `setuid = USER`'],
  [
    'ini',
    'memory limit = 100M',
    'Unknown stanza: found "memory", expected a stanza; here this is `cgroup memory = memory.max SIZE`',
  ],
  // one "expected", foster's: Upstart's is less exact, and sometimes wrong
  [
    'ini',
    'log size = 5x',
    'Illegal size: found "5x", expected a number of bytes above 0, which may end in k, M or G',
  ],
  ['conf', 'nice 50', 'Illegal nice value: found "50", expected a whole number from -20 to 19'],
  [
    'conf',
    'oom score 5000',
    'Illegal oom score adjustment: found "5000", expected a whole number from -1000 to 1000, or `never`',
  ],
  [
    'ini',
    'limit nofile = 1024',
    'Expected token: found the end of the line, expected HARD, a whole number or `unlimited`',
  ],
  [
    'conf',
    'end script',
    'Unknown stanza: found "end", expected a stanza; no block begins above this line: a line `script` does',
  ],
  ['ini', 'env = FOO BAR', 'this sets `env` to "FOO BAR"; write `env = FOO=BAR`'],
  [
    'ini',
    '[env]\nrespawn = true',
    'this sets `respawn` to "true"; each line below `[env]` is a variable: write stanzas above the section',
  ],
];

for (const [form, line, expected] of CASES)
  test(`${form}: ${line.replace('\n', ' | ')}`, (t) => {
    const command = form === 'ini' ? 'exec = sleep 9' : 'exec sleep 9';
    t.same(sentences(`${command}\n${line}\n`, form), [expected]);
    t.end();
  });

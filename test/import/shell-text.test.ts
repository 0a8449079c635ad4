/** Texts for the shell: what is quoted, the shell gives back; and words as Python's shlex takes them apart. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { test } from 'tap';
import { commandLine, pieceWord, shellWord, splitWords } from '../../src/import/shell-text.js';

test('the shell gets the very words', (t) => {
  const words = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(words, (list) => {
      const line = list.map((word) => shellWord(word)).join(' ');
      const { stdout } = spawnSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
      return stdout === list.map((word) => `${word}\0`).join('');
    }),
    { numRuns: 25 },
  );
  t.end();
});

test('words without odd characters stay as they are', (t) => {
  t.equal(
    commandLine(['/usr/sbin/nginx', '-g', 'daemon off;', '--user=www', 'a b']),
    "/usr/sbin/nginx -g 'daemon off;' --user=www 'a b'",
  );
  t.equal(commandLine(['A=1', 'x']), "'A=1' x", 'a program is no variable');
  t.equal(pieceWord([{ text: '/run/$x-' }, { code: '${I}' }]), '"/run/\\$x-${I}"');
  t.end();
});

test('no line of a quoted text ends a script of a job file', (t) => {
  t.notMatch(shellWord('a\n end script # b\nc'), /^\s*end\s+script/m);
  t.notMatch(pieceWord([{ text: 'a\nend script\n' }, { code: '$I' }]), /^\s*end\s+script/m);
  t.end();
});

test('lines are split as by shlex', (t) => {
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['a  b\tc', ['a', 'b', 'c']],
    ["nginx -g 'daemon off;'", ['nginx', '-g', 'daemon off;']],
    ['"a \\"b\\" \\n" \'\\n\'', ['a "b" \\n', '\\n']],
    ['a\\ b "" x$Y && z', ['a b', '', 'x$Y', '&&', 'z']],
    ['', []],
    ["a 'b", undefined],
    ['a "b', undefined],
    ['a \\', undefined],
  ];
  for (const [line, expected] of cases) {
    const split = splitWords(line);
    t.same(split.ok ? split.words : undefined, expected, line);
  }
  t.end();
});

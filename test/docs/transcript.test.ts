import { test } from 'tap';

import { difference, exchangesOf, shownLines } from '../helpers/transcript.js';

test('commands of all console blocks of a page are one session, with what must come', (t) => {
  const page = [
    'Text with `$ no command`.',
    '```console',
    "$ cat >file <<'end'",
    '> one',
    '> end',
    '$ cat file',
    'one',
    '```',
    '```sh',
    '$ not run',
    '```',
    '  ```console',
    '  $ true   # indented',
    '  ```',
  ].join('\n');
  t.same(exchangesOf(page), [
    { line: 3, command: "cat >file <<'end'\none\nend", expected: [] },
    { line: 6, command: 'cat file', expected: ['one'] },
    { line: 13, command: 'true   # indented', expected: [] },
  ]);
  t.end();
});

test('output before a command is a mistake of the page', (t) => {
  t.throws(() => exchangesOf('```console\nout\n```'), /line 2: output before the first command/);
  t.end();
});

test('numbers and spaces may differ, words may not', (t) => {
  t.equal(difference(['nap start/running, process 4242'], ['nap start/running, process 17']), undefined);
  t.equal(difference(['a  1.5 s'], ['a      22 s']), undefined);
  t.match(
    difference(['nap start/running'], ['nap stop/waiting']),
    /expected: nap start\/running\nprinted: {2}nap stop/,
  );
  t.end();
});

test('an ellipsis is anything in a line, and any lines where it stands alone', (t) => {
  t.equal(difference(['a … z'], ['a b c z']), undefined);
  t.equal(difference(['a', '…', 'z'], ['a', 'b', 'c', 'z']), undefined);
  t.equal(difference(['a', '…'], ['a']), undefined);
  t.match(difference(['a', '…', 'z'], ['a', 'b']), /did not come: z/);
  t.end();
});

test('what is missing and what is too much is named', (t) => {
  t.match(difference(['a', 'b'], ['a']), /this did not come: b/);
  t.match(difference(['a'], ['a', 'b']), /also printed: b/);
  t.end();
});

test('colours and lines that were written over do not show', (t) => {
  t.same(shownLines('\x1b[32mgreen\x1b[0m\r\nwaiting 1\rwaiting 2\rdone\r\n\r\n'), ['green', 'done']);
  t.end();
});

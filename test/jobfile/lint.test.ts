import t from 'tap';
import { checkText } from '../../src/jobfile/check.js';
import type { Syntax } from '../../src/jobfile/draft.js';

function warnings(text: string, syntax: Syntax = 'conf'): string[] {
  const checked = checkText(text, 'foo', syntax);
  if (!checked.ok) throw new Error(checked.errors[0].message);
  return checked.warnings.map(({ line, message }) => `${line}: ${message}`);
}

t.test('a good file gives none', (t) => {
  t.strictSame(warnings('start on a\nrespawn\nrespawn limit 1 2\nenv A=1\nenv B=2\nexec a # b\n'), []);
  t.strictSame(warnings('[pre-start]\nscript[] = a\nscript[] = b\n', 'ini'), []);
  t.end();
});

t.test('respawn limit without respawn does nothing', (t) => {
  t.match(warnings('task\nrespawn limit 1 2\n'), [/^2: `respawn limit` has no effect without `respawn`/]);
  t.end();
});

t.test('schedule persistent without a schedule does nothing', (t) => {
  t.match(warnings('schedule persistent\ntask\n'), [
    /^1: `schedule persistent` has no effect without `schedule`/,
  ]);
  t.end();
});

t.test('manual does nothing to a start on behind it', (t) => {
  t.match(warnings('manual\nstart on a\n'), [
    /^1: `manual` has no effect on the `start on` behind it, in line 2/,
  ]);
  t.strictSame(warnings('start on a\nmanual\n'), []);
  t.end();
});

t.test('what is replaced does nothing', (t) => {
  t.match(warnings('nice 1\ntask\nnice 2\n'), [/^1: `nice` has no effect: `nice` in line 3 replaces it/]);
  t.end();
});

t.test('of exec and script of one process the last one counts', (t) => {
  t.match(warnings('script\nend script\nexec a\n'), [
    /^1: `script` has no effect: `exec` in line 3 replaces it/,
  ]);
  t.match(warnings('pre-stop exec a\npre-stop script\nend script\n'), [/^1: `pre-stop exec` has no effect/]);
  t.strictSame(warnings('exec a\npre-start script\nend script\n'), []);
  t.match(warnings('[pre-start]\nscript[] = a\nscript[] = b\nexec = c\n', 'ini'), [
    /^3: `pre-start script` has no effect: `pre-start exec` in line 4/,
  ]);
  t.end();
});

t.test('a comment in the middle of a word is pointed out', (t) => {
  t.match(warnings('exec echo a#b c\n'), [/^1: `#` begins a comment/]);
  t.match(warnings('\ndescription a#b\n'), [/^2: `#` begins a comment/]);
  t.strictSame(warnings('exec echo "a#b" #c\n'), []);
  t.end();
});

t.test('a CR alone ends no line; CR LF does', (t) => {
  for (const syntax of ['conf', 'ini'] as const) {
    const text = syntax === 'ini' ? 'exec = sleep 1000\rrespawn = yes\r' : 'exec sleep 1000\rrespawn\r';
    t.match(checkText(text, 'job', syntax), {
      ok: true,
      warnings: [{ line: 1, message: /^a CR without LF/, remedy: /LF as line end/ }],
    });
    const dos = checkText(text.replaceAll('\r', '\r\n'), 'job', syntax);
    t.notOk(dos.ok && dos.warnings.some(({ message }) => message.startsWith('a CR')), syntax);
  }
  t.end();
});

import { spawnSync } from 'node:child_process';
import t from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import { commandAsWritten } from '../../../src/jobfile/ini/command.js';
import type { CommandText } from '../../../src/jobfile/job-class/job-class.js';
import { invocationOf } from '../../../src/supervisor/launch/command.js';

function commandOf(line: string): CommandText {
  const checked = checkText(`exec = ${line}\n`, 'job', 'ini');
  if (!checked.ok) throw new Error(checked.errors[0].message);
  return checked.class.processes.main!;
}

/** What a line does when foster runs it. */
function outputOf(line: string): string {
  const { argv } = invocationOf(commandOf(line));
  return spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8' }).stdout.trim();
}

t.test('one command is a program, and no shell stays', (t) => {
  for (const line of ['sleep 9', '/bin/foo -x "a b" >/dev/null 2>&1', 'foo;', 'foo &', 'foo $(date)'])
    t.strictSame(commandOf(line), { exec: line }, line);
  t.end();
});

t.test('several commands run as sh -c runs them', (t) => {
  t.equal(outputOf('echo a && echo b'), 'a\nb');
  t.equal(outputOf('false || echo b'), 'b');
  t.equal(outputOf('false; echo b'), 'b', 'a failure ends nothing');
  t.equal(outputOf('echo a | tr a b'), 'b');
  t.equal(outputOf('if true; then echo yes; fi'), 'yes');
  t.equal(outputOf('(echo inside)'), 'inside');
  t.equal(commandAsWritten(commandOf('a && b')), 'a && b');
  t.end();
});

t.test('variables before a command are its environment, and the shell becomes it', (t) => {
  t.equal(outputOf(`A=1 B="x y" sh -c 'echo $A $B'`), '1 x y');
  t.equal(outputOf(`A=1 exec sh -c 'echo $A'`), '1');
  t.strictSame(commandOf('A=1 cmd -x'), { script: 'A=1 exec cmd -x\n' });
  t.end();
});

t.test('a leading exec is the shell’s own, and means what it means in .conf', (t) => {
  t.strictSame(commandOf('exec foo'), { exec: 'foo' });
  t.strictSame(commandOf('exec a && b'), { exec: 'a && b' });
  t.end();
});

t.test('foster check notes it', (t) => {
  const notes = (text: string): unknown => {
    const checked = checkText(text, 'job', 'ini');
    return checked.ok && checked.warnings.map(({ line, note }) => [line, note]);
  };
  t.strictSame(notes('exec = a && b\n[pre-start]\nexec = A=1 c\n'), [
    [1, true],
    [3, true],
  ]);
  t.strictSame(notes('exec = a b\n'), []);
  t.end();
});

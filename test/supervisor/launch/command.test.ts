import { test } from 'tap';
import { invocationOf, withoutDescriptor } from '../../../src/supervisor/launch/command.js';

test('a command of plain words runs directly, split on blanks', (t) => {
  t.same(invocationOf({ exec: '/usr/sbin/sshd  -D\t-p 22' }), { argv: ['/usr/sbin/sshd', '-D', '-p', '22'] });
  t.same(invocationOf({ exec: 'a-b_c.d/e:f,g%h@i+j#k' }), { argv: ['a-b_c.d/e:f,g%h@i+j#k'] });
  t.end();
});

test("each of Upstart's shell characters makes the line the shell's", (t) => {
  for (const character of '~`!$^&*()=|\\{}[];"\'<>?') {
    const exec = `echo a${character}b`;
    t.same(invocationOf({ exec }), { argv: ['/bin/sh', '-e', '-c', `exec ${exec}`, '/bin/sh'] }, character);
  }
  t.end();
});

test('a script of one line is an argument, its last newlines trimmed', (t) => {
  t.same(invocationOf({ script: 'echo one; echo two\n\n' }), {
    argv: ['/bin/sh', '-e', '-c', 'echo one; echo two', '/bin/sh'],
  });
  t.end();
});

test('a longer script comes by descriptor 9, which its first line closes', (t) => {
  t.same(invocationOf({ script: 'echo one\necho two\n\n' }), {
    argv: ['/bin/sh', '-e', '/proc/self/fd/9'],
    script: 'exec 9<&-\necho one\necho two\n',
  });
  t.end();
});

test('where there is no /proc, a longer script is an argument too', (t) => {
  t.same(withoutDescriptor({ script: 'echo one\necho two\n' }), {
    argv: ['/bin/sh', '-e', '-c', 'echo one\necho two', '/bin/sh'],
  });
  t.same(withoutDescriptor({ exec: 'true' }), { argv: ['true'] });
  t.end();
});

/** Whether two processes run one program. */
import { test } from 'tap';
import { similarity, runsProgramOf } from '../../../src/tracker/lineage/program.js';

const program = (executable: string | undefined, ...argv: string[]) => ({ executable, argv });

test('how argv[0] is spelled, and that the file has been replaced, makes no difference', (t) => {
  const old = program('/usr/sbin/nginx (deleted)', 'nginx', '-c', 'F');
  t.equal(similarity(program('/usr/sbin/nginx', '/usr/sbin/nginx', '-c', 'F'), old), 'same');
  t.equal(similarity(program('/usr/sbin/other', '/usr/sbin/nginx', '-c', 'F'), old), 'other');
  t.end();
});

test('an upgrade may add words, and a title holds the command line', (t) => {
  const main = program('/usr/sbin/d', 'd', '-c', 'F');
  t.equal(similarity(program('/usr/sbin/d', '/usr/sbin/d', '-c', 'F', '--fd', '5'), main), 'extended');
  t.equal(similarity(program('/usr/sbin/d', 'd', '-c', 'G'), main), 'extended', 'the same first argument');
  t.equal(
    similarity(program('/usr/sbin/d', '(d-1)', '--kid', '-c', 'F'), main),
    'other',
    'a worker of squid',
  );
  t.equal(similarity(program('/usr/sbin/d', 'd: master process d -c F'), main), 'same');
  t.end();
});

test('the program of an interpreter is its script', (t) => {
  const main = program('/usr/bin/python3.11', '/usr/bin/python3', 'm.py');
  t.equal(similarity(program('/usr/bin/python3.11', 'python3', 'm.py', 'again'), main), 'script');
  t.equal(similarity(program('/usr/bin/python3.11', 'python3', '-u', '/srv/m.py'), main), 'script');
  t.equal(similarity(program('/usr/bin/python3.11', 'python3', 'worker.py', 'm.py'), main), 'other');
  t.end();
});

test('where nothing is known of the arguments, the files decide', (t) => {
  const known = program('/usr/sbin/d', 'd');
  t.equal(similarity({ executable: '/usr/sbin/d', argv: undefined }, known), 'same');
  t.equal(similarity({ executable: undefined, argv: undefined }, known), 'other');
  t.end();
});

test('a PID file may name any process of the program, whatever its arguments', (t) => {
  const main = program('/usr/sbin/haproxy', '/usr/sbin/haproxy', '-D', '-f', 'F');
  t.ok(runsProgramOf(program('/usr/sbin/haproxy', 'haproxy', '-sf', '12'), main));
  t.notOk(runsProgramOf(program('/usr/sbin/sshd', 'sshd'), main));
  t.notOk(runsProgramOf(program(undefined, 'haproxy'), main));
  const script = program('/usr/bin/perl', 'perl', '/srv/a.pl');
  t.notOk(runsProgramOf(program('/usr/bin/perl', 'perl', '/srv/b.pl'), script));
  t.ok(runsProgramOf(program('/usr/bin/perl', 'perl', '-T', '/srv/a.pl'), script));
  t.end();
});

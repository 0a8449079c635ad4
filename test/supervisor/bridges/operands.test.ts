import { test } from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { leavesNamed } from '../../../src/supervisor/bridges/expected-events.js';
import { fileEvent, unwatchableFiles, watchedFiles } from '../../../src/supervisor/bridges/file-operands.js';
import { addressOf, eventOf } from '../../../src/supervisor/bridges/socket-operands.js';
import { TriggerLimit } from '../../../src/supervisor/bridges/activation-socket.js';

function classOf(stanzas: string): JobClass {
  const checked = checkText(`exec true\n${stanzas}\n`, 'job', 'conf');
  if (!checked.ok) throw new Error(checked.errors[0].message);
  return checked.class;
}

const address = (operands: string) =>
  addressOf(leavesNamed(classOf(`start on socket ${operands}`).startOn, 'socket')[0]!);

test('the operands of socket say where to listen, and the event says it again', (t) => {
  t.same(address('PROTO=inet PORT=80'), { family: 'inet', address: '0.0.0.0', port: 80 });
  t.same(address('PROTO=inet6 PORT=80 ADDR=::1'), { family: 'inet6', address: '::1', port: 80 });
  t.same(address('PROTO=unix SOCKET_PATH=@name'), { family: 'unix', path: '@name' });
  t.same(eventOf(address('PROTO=inet PORT=80')), ['PROTO=inet', 'PORT=80', 'ADDR=0.0.0.0']);
  t.same(eventOf(address('PROTO=unix SOCKET_PATH=/a')), ['PROTO=unix', 'SOCKET_PATH=/a']);
  t.end();
});

test('what is no place to listen is refused with what was expected', (t) => {
  t.throws(() => address('PROTO=udp'), { message: 'PROTO=udp: inet, inet6 or unix expected' });
  t.throws(() => address('PORT=80'), { message: 'PROTO=: inet, inet6 or unix expected' });
  t.throws(() => address('PROTO=inet PORT=0'), { message: /^PORT=0: a number from 1/ });
  t.throws(() => address('PROTO=inet PORT=8?'), { message: 'PORT=8?: a pattern names no address' });
  t.throws(() => address('PROTO=unix SOCKET_PATH=a'), { message: /an absolute path expected/ });
  t.end();
});

test('files are those of start on and stop on, each once, with every event that somebody wants', (t) => {
  const found = watchedFiles([
    classOf('start on file FILE=/run/a EVENT=create\nstop on file FILE=/run/a EVENT=delete'),
    classOf('start on net-up or file FILE=/run/*.x EVENT!=delete'),
    classOf('start on file FILE=/var/spool/'),
    classOf('start on file FILE=relative or file FILE=/a/*/b or file EVENT=create'),
  ]);
  t.same([...found.keys()], ['/run/a', '/run/*.x', '/var/spool/']);
  t.same([...found.get('/run/a')!.events], ['create', 'delete']);
  t.same([...found.get('/run/*.x')!.events], ['create', 'modify']);
  t.match(found.get('/var/spool/'), { directory: '/var/spool', name: '*', isPattern: true });
  t.end();
});

test('a FILE of which nobody will ever hear is named with what was expected', (t) => {
  const job = classOf(
    'start on file FILE=relative or file FILE=/a/*/b or file EVENT=create or file FILE=/a/*',
  );
  const expected = 'an absolute path expected, without patterns and variables in its directory';
  t.same(
    unwatchableFiles([job]),
    ['relative', '/a/*/b'].map((file) => `job: FILE=${file} cannot be watched: ${expected}`),
  );
  t.end();
});

test('the event of a pattern matches the pattern', (t) => {
  const [stars, brackets] = [
    ...watchedFiles([classOf('start on file FILE=/a/*.x or file FILE=/a/[bc]')]).values(),
  ];
  t.same(fileEvent(stars!, '/a/1.x', 'create'), ['FILE=/a/*.x', 'EVENT=create', 'MATCH=/a/1.x']);
  t.same(fileEvent(brackets!, '/a/b', 'create'), ['FILE=/a/b', 'EVENT=create', 'MATCH=/a/b']);
  t.end();
});

test('ten triggers in five seconds are enough', (t) => {
  const limit = new TriggerLimit();
  const waits = Array.from({ length: 10 }, (_, index) => limit.count(index * 100));
  t.same(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 4100]);
  t.equal(limit.count(6000), 0, 'a new window');
  t.end();
});

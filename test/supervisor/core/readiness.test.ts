/** When spawned is left (DESIGN section 4, "When is a job running?"), and that no start hangs (Upstart section 5). */
import { test } from 'tap';
import { exited, World } from './support/world.js';

const SERVICE = 'exec daemon';

test('expect fork and daemon: running 100 ms after the last hand-off, however many there are', (t) => {
  for (const expect of ['fork', 'daemon']) {
    const world = new World({ foo: `expect ${expect}\n${SERVICE}` });
    const start = world.command('start foo');
    world.passes(5000);
    t.equal(world.status('foo'), 'foo start/spawned, process 1');
    world.handsOver('foo');
    world.passes(60);
    const daemon = world.handsOver('foo');
    world.passes(99);
    t.equal(world.answer(start), 'waits');
    world.passes(1);
    t.equal(world.answer(start), 'ok');
    t.equal(world.status('foo'), `foo start/running, process ${daemon}`);
    t.equal(world.timers.size, 0);
    t.same(world.logged('became'), [
      'foo main process (1) became new process (2)',
      'foo main process (2) became new process (3)',
    ]);
  }
  t.end();
});

test('expect fork: a program that never puts itself in the background can be stopped at any moment', (t) => {
  for (const expect of ['fork', 'daemon', 'stop']) {
    const world = new World({ foo: `expect ${expect}\n${SERVICE}` });
    world.command('start foo');
    t.match(world.answer(world.command('stop foo')), /^ok/);
    t.equal(world.status('foo'), 'foo stop/waiting');
    t.match(world.of('end-members'), [{ reason: 'failed-start' }]);
  }
  t.end();
});

test('whoever takes over at the last moment has its time to settle; a chain without an end has not', (t) => {
  const world = new World({
    foo: `expect fork\nstart timeout 20\n${SERVICE}`,
    chain: `expect fork\nstart timeout 1\n${SERVICE}`,
  });
  const start = world.command('start foo');
  world.passes(19_950);
  world.handsOver('foo');
  world.passes(60);
  t.equal(world.answer(start), 'waits');
  world.passes(40);
  t.match(world.status('foo'), /^foo start\/running/);
  const chain = world.command('start chain');
  for (let time = 0; time < 2100; time += 50) {
    if (world.pid('chain', 'main') !== undefined) world.handsOver('chain');
    world.passes(50);
  }
  t.match(world.answer(chain), /has not put itself in the background within 2(\.\d)? s/);
  t.end();
});

test('expect fork: a start that gets no further fails after start timeout, with the reason', (t) => {
  const world = new World({
    foo: `expect fork\nstart timeout 20\n${SERVICE}`,
    bar: `expect stop\n${SERVICE}`,
  });
  const start = world.command('start foo');
  t.equal(world.view('foo')?.waitsFor, 'main process (1) to put itself in the background, at most 20 s');
  world.passes(19_999);
  t.equal(world.answer(start), 'waits');
  world.passes(1);
  t.equal(
    world.answer(start),
    'Job failed to start: main process (1) has not put itself in the background within 20 s',
  );
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=main']);
  const bar = world.command('start bar');
  world.passes(90_000);
  t.match(world.answer(bar), /has not stopped itself within 90 s/);
  t.end();
});

test('expect fork, daemon, stop: a process that dies before fails the start', (t) => {
  for (const expect of ['fork', 'daemon', 'stop']) {
    const world = new World({ foo: `expect ${expect}\n${SERVICE}` });
    const start = world.command('start foo');
    world.ends('foo', 'main', exited(1));
    t.equal(world.answer(start), 'Job failed to start: main process (1) terminated with status 1');
    t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=main EXIT_STATUS=1']);
    t.equal(world.status('foo'), 'foo stop/waiting');
  }
  t.end();
});

test('expect fork with respawn: a process that dies before is started again, and no job runs without a process', (t) => {
  const world = new World({ foo: `expect fork\nrespawn\n${SERVICE}` });
  const start = world.command('start foo');
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo start/spawned, process 2');
  t.match(world.of('end-members'), [{ reason: 'failed-start' }]);
  world.handsOver('foo');
  world.passes(100);
  t.equal(world.answer(start), 'ok');
  t.same(world.events('started').length, 1);
  t.end();
});

test('a daemon that dies within 100 ms of its hand-off has not started', (t) => {
  const world = new World({ foo: `expect fork\n${SERVICE}` });
  const start = world.command('start foo');
  world.handsOver('foo');
  world.passes(99);
  world.ends('foo', 'main', exited(6));
  t.match(world.answer(start), /^Job failed to start: main process \(2\) terminated with status 6/);
  t.end();
});

test('expect stop: running once main has stopped itself; it is continued', (t) => {
  const world = new World({ foo: `expect stop\n${SERVICE}` });
  const start = world.command('start foo');
  t.equal(world.answer(start), 'waits');
  world.input({ kind: 'process-stopped', job: { name: 'foo', instance: '' }, process: 'main' });
  t.equal(world.answer(start), 'ok');
  t.match(world.of('continue'), [{ process: 'main' }]);
  t.end();
});

test('a launcher that stops itself is continued whatever expect says, once, and not in later life', (t) => {
  const stop = { kind: 'process-stopped', job: { name: 'foo', instance: '' }, process: 'main' } as const;
  const world = new World({ foo: SERVICE });
  world.command('start foo');
  world.input(stop);
  t.equal(world.of('continue').length, 1);
  world.input(stop);
  t.equal(world.of('continue').length, 1);

  const later = new World({ foo: SERVICE });
  later.command('start foo');
  later.passes(90_001);
  later.input(stop);
  t.equal(later.of('continue').length, 0);
  t.end();
});

test('expect none is as no expect, and the last expect counts', (t) => {
  const world = new World({ foo: `expect fork\nexpect none\n${SERVICE}` });
  t.equal(world.answer(world.command('start foo')), 'ok');
  t.end();
});

test('ready auto, the default of native jobs, holds started back until the launcher has stayed up for a second', (t) => {
  const world = new World({ foo: 'exec = daemon' }, { ini: ['foo'] });
  const start = world.command('start foo');
  world.passes(1249);
  t.same(world.events('started'), []);
  world.passes(1);
  t.equal(world.answer(start), 'ok');
  t.same(world.events('started').length, 1);
  t.end();
});

test('the time for which a launcher has to stay up counts from its last exec: wrappers may be slow', (t) => {
  const world = new World({ foo: SERVICE });
  const start = world.foster('start foo');
  world.passes(800);
  world.input({ kind: 'program-began', job: { name: 'foo', instance: '' }, pid: world.pid('foo', 'main')! });
  world.passes(1249);
  t.equal(world.answer(start), 'waits');
  world.passes(1);
  t.equal(world.answer(start), 'ok');
  t.end();
});

test('ready auto: or until the hand-off has settled', (t) => {
  const world = new World({ foo: `ready auto\n${SERVICE}` });
  const start = world.command('start foo');
  world.handsOver('foo');
  world.passes(100);
  t.equal(world.answer(start), 'ok');
  t.end();
});

test('ready auto: a launcher that exits 0 and leaves nothing behind has ended cleanly', (t) => {
  const world = new World({ foo: `ready auto\n${SERVICE}` });
  const start = world.foster('start foo');
  world.ends('foo', 'main');
  t.equal(world.answer(start), 'ok: main process (1) exited normally');
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=ok']);
  t.end();
});

test('a native task does not wait to see whether it stays up', (t) => {
  const world = new World({ foo: 'task = true\nexec = true' }, { ini: ['foo'] });
  world.command('start foo');
  t.match(world.status('foo'), /running/);
  t.end();
});

test('ready notify, fd, port, path and log wait for the notice, and foster start for nothing more', (t) => {
  for (const ready of ['notify', 'fd 3', 'port 80', 'path /run/x', 'log up']) {
    const world = new World({ foo: `ready ${ready}\n${SERVICE}` });
    const start = world.foster('start foo');
    world.passes(2000);
    t.equal(world.status('foo'), 'foo start/spawned, process 1');
    world.input({ kind: 'ready', job: { name: 'foo', instance: '' } });
    t.equal(world.status('foo'), 'foo start/running, process 1');
    t.equal(world.answer(start), 'ok');
  }
  t.end();
});

test('a job that ends before it kept its promise has failed, whatever its status', (t) => {
  const world = new World({ foo: `ready notify\n${SERVICE}` });
  const start = world.command('start foo');
  world.ends('foo', 'main');
  t.equal(world.answer(start), 'Job failed to start: main process (1) exited normally before it was ready');
  t.end();
});

test('ready exec is at exec, also for a native job', (t) => {
  const world = new World({ foo: 'exec = daemon\nready = exec' }, { ini: ['foo'] });
  t.equal(world.answer(world.command('start foo')), 'ok');
  t.end();
});

test('a later hand-off of a running job is noted: an upgrade, or a second daemonisation', (t) => {
  const world = new World({ foo: SERVICE });
  world.command('start foo');
  world.passes(60_000);
  world.handsOver('foo');
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.match(world.of('job-changed').at(-1), { from: 'running', to: 'running' });
  world.ends('foo', 'main', exited(0));
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

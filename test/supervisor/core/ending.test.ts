/** Ending main, its members and hooks that hang (behaviours 51, 58 and 59; DESIGN section 4, "Members and detached processes"). */
import { test } from 'tap';
import { exited, killedBy, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';

test('a stop expects the end, sends the kill signal to the group, and CONT after TERM', (t) => {
  const world = new World({ foo: SERVICE, bar: `kill signal INT\n${SERVICE}` });
  world.command('start foo');
  world.command('stop foo');
  const ending = world.effects
    .filter(({ kind }) => ['expect-end', 'signal', 'end-members'].includes(kind))
    .map((effect) => (effect.kind === 'signal' ? `${effect.signal} ${effect.whole}` : effect.kind));
  t.same(ending, ['expect-end', 'TERM group', 'CONT group', 'end-members']);
  t.same(world.logged('Sending'), ['Sending TERM signal to foo main process (1)']);
  world.command('start bar');
  world.command('stop bar');
  t.same(world.signals().slice(2), ['INT main 2']);
  t.end();
});

test('59: what does not end by the kill signal gets KILL after kill timeout', (t) => {
  const world = new World({ foo: `kill timeout 2\n${SERVICE}` });
  world.stubborn.add('foo');
  world.command('start foo');
  const stop = world.command('stop foo');
  t.equal(world.status('foo'), 'foo stop/killed, process 1');
  t.equal(world.view('foo')?.waitsFor, 'main process (1) to end: TERM sent, KILL in 2 s');
  world.passes(1999);
  t.equal(world.answer(stop), 'waits');
  world.passes(1);
  t.equal(world.answer(stop), 'ok: KILL was needed: main did not end within 2 s of TERM (kill timeout)');
  t.same(world.signals(), ['TERM main 1', 'CONT main 1', 'KILL main 1']);
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=ok']);
  t.end();
});

test('51: the kill timer is cleared when main ends in time', (t) => {
  const world = new World({ foo: SERVICE });
  world.stubborn.add('foo');
  world.command('start foo');
  world.command('stop foo');
  t.equal(world.timers.size, 1);
  world.ends('foo', 'main', exited(9));
  t.equal(world.timers.size, 0);
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=ok']);
  t.end();
});

test('kill timeout 0 is KILL at once', (t) => {
  const world = new World({ foo: `kill timeout 0\n${SERVICE}` });
  world.stubborn.add('foo');
  world.command('start foo');
  t.equal(world.answer(world.command('stop foo')), 'ok');
  t.same(world.signals(), ['TERM main 1', 'CONT main 1', 'KILL main 1']);
  t.end();
});

test('a stop signals the process group of main, and main alone where nobody else is to be ended', (t) => {
  for (const [stanza, whole] of [
    ['', 'group'],
    ['kill mode main\n', 'process'],
  ] as const) {
    const world = new World({ foo: `kill timeout 3\n${stanza}${SERVICE}` });
    world.stubborn.add('foo');
    world.command('start foo');
    world.command('stop foo');
    world.passes(3000);
    t.match(world.of('signal'), [
      { signal: 'TERM', whole },
      { signal: 'CONT', whole },
      { signal: 'KILL', whole },
    ]);
  }
  t.end();
});

test('killed lasts until main is gone and its members are ended', (t) => {
  const world = new World({ foo: `kill timeout 3\nkill mode lineage\n${SERVICE}` });
  world.slowMembers.add('foo');
  world.stubborn.add('foo');
  world.command('start foo');
  const stop = world.command('stop foo');
  world.passes(1000);
  world.ends('foo', 'main');
  t.equal(world.status('foo'), 'foo stop/killed');
  t.equal(world.view('foo')?.waitsFor, 'what is left of its processes to end');
  t.match(world.of('end-members'), [{ mode: 'lineage', reason: 'stop', timeout: 2000 }]);
  world.input({ kind: 'members-ended', job: { name: 'foo', instance: '' } });
  t.equal(world.answer(stop), 'ok');
  t.end();
});

test('at the kill timeout main and the members are ended together, and both are waited for', (t) => {
  const world = new World({ foo: SERVICE });
  world.slowMembers.add('foo');
  world.stubborn.add('foo');
  world.command('start foo');
  const stop = world.command('stop foo');
  world.passes(5000);
  t.match(world.of('end-members'), [{ timeout: 0 }]);
  t.equal(world.status('foo'), 'foo stop/killed');
  world.input({ kind: 'members-ended', job: { name: 'foo', instance: '' } });
  t.match(world.answer(stop), /^ok: KILL was needed/);
  t.end();
});

test('what main leaves behind when it dies is ended before it is started again', (t) => {
  const world = new World({ foo: `respawn\n${SERVICE}` });
  world.slowMembers.add('foo');
  world.command('start foo');
  world.passes(2000);
  world.ends('foo', 'main', killedBy('KILL'));
  t.equal(world.status('foo'), 'foo start/killed');
  t.match(world.of('end-members'), [{ mode: 'session', reason: 'death', timeout: 5000 }]);
  world.input({ kind: 'members-ended', job: { name: 'foo', instance: '' } });
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.end();
});

test('what hooks leave behind is not ended: a job without main may be its own daemon starter', (t) => {
  const world = new World({ foo: `${SERVICE}\npre-start exec a` });
  world.command('start foo');
  world.ends('foo', 'pre-start', exited(1));
  t.same(world.of('end-members'), []);
  t.end();
});

test('a hand-off that was decided before the end was asked for does not save the job', (t) => {
  const world = new World({ foo: SERVICE });
  world.stubborn.add('foo');
  world.command('start foo');
  const stop = world.command('stop foo');
  world.handsOver('foo');
  t.same(world.signals().slice(2), ['TERM main 2', 'CONT main 2']);
  world.ends('foo', 'main');
  t.equal(world.answer(stop), 'ok');
  t.end();
});

test('a stop ends a hung pre-start or post-start after the kill timeout, and is no failure', (t) => {
  for (const hook of ['pre-start', 'post-start'] as const) {
    const world = new World({ foo: `kill timeout 1\n${hook} exec hang\n${SERVICE}` });
    world.stubborn.add(`foo ${hook}`);
    world.command('start foo');
    world.passes(60_000);
    const stop = world.command('stop foo');
    t.match(world.view('foo')?.waitsFor, new RegExp(`^${hook} process \\(\\d\\) to end, at most 1 s$`));
    world.passes(999);
    t.equal(world.answer(stop), 'waits');
    world.passes(1);
    t.same(world.logged('has not ended').length, 1);
    world.passes(1000);
    t.equal(world.answer(stop), 'ok');
    t.equal(world.status('foo'), 'foo stop/waiting');
  }
  t.end();
});

test('a start that takes the stop back gives the hook its time again', (t) => {
  const world = new World({ foo: `kill timeout 1\npre-start exec slow\n${SERVICE}` });
  world.command('start foo');
  world.command('stop foo');
  world.passes(500);
  world.command('start foo');
  world.passes(60_000);
  world.ends('foo', 'pre-start');
  t.match(world.status('foo'), /start\/running/);
  t.end();
});

test('a kill timeout that the file states bounds pre-stop and post-stop', (t) => {
  for (const hook of ['pre-stop', 'post-stop'] as const) {
    const world = new World({ foo: `kill timeout 1\n${hook} exec hang\n${SERVICE}` });
    world.command('start foo');
    const stop = world.command('stop foo');
    world.passes(1000);
    t.equal(world.answer(stop), 'ok');
    t.equal(world.status('foo'), 'foo stop/waiting');
  }
  t.end();
});

test('otherwise hooks of .conf jobs have long, those of native jobs a minute and a half', (t) => {
  const waits = (text: string, ini: boolean): string | undefined => {
    const world = new World({ foo: text }, ini ? { ini: ['foo'] } : {});
    world.command('start foo');
    return world.view('foo')?.waitsFor;
  };
  t.match(waits(`pre-start exec x\n${SERVICE}`, false), /at most 60 min/);
  t.match(waits('pre-start exec = x\nexec = y', true), /at most 90 s/);
  t.match(waits(`timeout pre-start 7\npre-start exec x\n${SERVICE}`, false), /at most 7 s/);
  t.end();
});

test('a pre-start that takes longer than its timeout fails the start', (t) => {
  const world = new World({ foo: `timeout pre-start 7\npre-start exec x\n${SERVICE}` });
  const start = world.command('start foo');
  world.passes(7000);
  t.equal(
    world.answer(start),
    'Job failed to start: pre-start process (1) killed by TERM signal after it had not ended within 7 s',
  );
  t.end();
});

test('a job that others hold up in starting can be stopped after the kill timeout', (t) => {
  const world = new World({ foo: SERVICE, h: 'start on starting foo and never\nexec x' });
  const start = world.command('start foo');
  t.match(world.view('foo')?.waitsFor, /start on of h, which also waits for never/);
  const stop = world.command('stop foo');
  t.match(world.answer(start), /^ok/);
  world.passes(5000);
  t.match(world.answer(stop), /^ok/);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('a job that others hold up in stopping goes on in the end', (t) => {
  const world = new World({ foo: SERVICE, h: 'start on stopping foo\ntask\nexec hang' });
  world.command('start foo');
  const stop = world.command('stop foo');
  world.passes(600_000);
  t.equal(world.answer(stop), 'ok');
  t.same(world.logged('still held'), ['foo stopping event is still held after 600 s, going on']);
  t.end();
});

test('timers of the runtime that fire early are set again, and late ones are ignored', (t) => {
  const world = new World({ foo: SERVICE });
  world.stubborn.add('foo');
  world.command('start foo');
  world.command('stop foo');
  const [timer, at] = [...world.timers][0]!;
  world.timers.delete(timer);
  world.input({ kind: 'timer', timer });
  t.equal(world.timers.get(timer), at);
  world.ends('foo', 'main');
  world.input({ kind: 'timer', timer });
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('a stop during the start: what is said is that KILL was needed, and the run is no failure', (t) => {
  const world = new World({ foo: `ready notify\nkill timeout 2\n${SERVICE}` });
  world.stubborn.add('foo');
  world.command('start foo', { wait: 'nothing' });
  const stop = world.foster('stop foo');
  world.passes(2000);
  t.match(world.answer(stop), /^ok: KILL was needed: main did not end within 2 s of TERM/);
  const view = world.core.classes()[0]!;
  t.match(view.lastEnd, { failure: undefined, history: { mains: [{ sequel: 'stopped' }] } });
  t.end();
});

test('a main that fails before it has stayed up leaves nothing, though its job counted as running', (t) => {
  for (const [age, status, stanza, reason] of [
    [0, exited(1), '', 'failed-start'],
    [1200, killedBy('KILL'), '', 'failed-start'],
    [0, exited(0), '', 'death'],
    [1300, exited(1), '', 'death'],
    [0, exited(1), 'kill mode main\n', 'death'],
  ] as const) {
    const world = new World({ foo: `respawn\n${stanza}${SERVICE}` });
    world.command('start foo');
    world.passes(age);
    world.ends('foo', 'main', status);
    t.match(world.of('end-members'), [{ reason }], `${status} after ${age} ms, ${stanza}`);
  }
  t.end();
});

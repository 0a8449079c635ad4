/** Behaviours 50-57: what follows from the end of main. */
import { test } from 'tap';
import { AUTO_DELAY } from '../../../src/jobfile/job-class/defaults.js';
import { decideRespawn, NO_RESPAWNS } from '../../../src/supervisor/core/job/respawn.js';
import { exited, killedBy, World } from './support/world.js';
import { DEFAULTS } from '../../../src/jobfile/job-class/job-class.js';

const RESPAWN = 'respawn\nexec sleep 1000';

test('50: the end of a process that the job does not know is ignored', (t) => {
  const world = new World({ foo: RESPAWN });
  world.input({ kind: 'process-ended', job: { name: 'foo', instance: '' }, process: 'main', status: 0 });
  world.command('start foo');
  world.input({ kind: 'process-ended', job: { name: 'foo', instance: '' }, process: 'post-stop', status: 0 });
  t.equal(world.status('foo'), 'foo start/running, process 1');
  t.end();
});

test('52: a pre-start that fails or is killed stops the job, which has failed', (t) => {
  for (const [status, variable] of [
    [exited(42), 'EXIT_STATUS=42'],
    [killedBy('KILL'), 'EXIT_SIGNAL=KILL'],
  ] as const) {
    const world = new World({ foo: `${RESPAWN}\npre-start exec a` });
    const start = world.command('start foo');
    world.ends('foo', 'pre-start', status);
    t.match(world.answer(start), /^Job failed to start: pre-start process \(1\)/);
    t.same(world.events('stopped'), [
      `stopped JOB=foo INSTANCE= RESULT=failed PROCESS=pre-start ${variable}`,
    ]);
  }
  t.end();
});

test('53: a service is respawned after any exit, a task only after a failure', (t) => {
  for (const status of [0, exited(1), killedBy('SEGV')]) {
    const world = new World({ foo: RESPAWN });
    world.command('start foo');
    world.ends('foo', 'main', status);
    t.equal(world.status('foo'), 'foo start/running, process 2');
    t.same(world.logged('respawning'), ['foo main process ended, respawning']);
  }
  const task = new World({ foo: `task\n${RESPAWN}` });
  const start = task.command('start foo');
  task.ends('foo', 'main', exited(1));
  t.equal(task.status('foo'), 'foo start/running, process 2');
  t.equal(task.answer(start), 'waits');
  task.ends('foo', 'main');
  t.match(task.answer(start), /^ok/);
  t.end();
});

test('a respawn runs post-stop, pre-start and post-start again, not pre-stop, and emits no stopped', (t) => {
  const hooks = ['pre-start', 'post-start', 'pre-stop', 'post-stop']
    .map((hook) => `${hook} exec x`)
    .join('\n');
  const world = new World({ foo: `${RESPAWN}\n${hooks}` });
  world.command('start foo A=1');
  world.ends('foo', 'pre-start');
  world.ends('foo', 'post-start');
  world.ends('foo', 'main', exited(1));
  world.ends('foo', 'post-stop');
  world.ends('foo', 'pre-start');
  world.ends('foo', 'post-start');
  t.same(
    world.of('spawn').map(({ process }) => process),
    ['pre-start', 'main', 'post-start', 'post-stop', 'pre-start', 'main', 'post-start'],
  );
  t.same(
    world.events().map((event) => event.replace(' JOB=foo INSTANCE=', '')),
    ['starting', 'started', 'stopping RESULT=ok', 'starting', 'started'],
  );
  t.equal(world.variable('foo main', 'A'), '1', 'the variables of the start are kept');
  t.end();
});

test('a missing program is not tried again', (t) => {
  const world = new World({ foo: RESPAWN });
  world.unstartable.set('foo main', 'unable to execute: No such file or directory');
  world.command('start foo');
  t.equal(world.of('spawn').length, 1);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('a respawn for which there are no processes or no memory is tried again, ever more seldom, until it works', (t) => {
  const world = new World({ foo: RESPAWN });
  world.command('start foo');
  world.unstartable.set('foo main', 'unable to execute: Resource temporarily unavailable');
  world.shortage = true;
  world.ends('foo', 'main', exited(1));
  t.equal(world.of('spawn').length, 2);
  t.equal(world.status('foo'), 'foo start/post-stop');
  world.passes(300); // the second after 0.1 s, the third 0.2 s after that
  t.equal(world.of('spawn').length, 4);
  world.passes(60_000);
  t.equal(world.of('spawn').length, 4 + 5 + 4, 'after 0.4 to 6.4 s, and every 10 s after that');
  t.same(world.events('stopped'), []);
  world.unstartable.clear();
  world.passes(10_000);
  t.match(world.status('foo'), /^foo start\/running/);
  world.ends('foo', 'main', exited(1));
  t.match(world.status('foo'), /^foo start\/running/, 'another death is answered at once, as ever');
  t.end();
});

test('a start that lacks something that comes back fails at once, unless the job respawns', (t) => {
  const world = new World({ once: 'exec sleep 1000', always: RESPAWN });
  world.shortage = true;
  for (const job of ['once', 'always'])
    world.unstartable.set(`${job} main`, 'unable to execute: Cannot allocate memory');
  const [once, always] = [world.command('start once'), world.command('start always')];
  for (const start of [once, always]) t.match(world.answer(start), /Cannot allocate memory/);
  t.equal(world.status('once'), 'once stop/waiting');
  t.equal(world.status('always'), 'always start/post-stop');
  world.command('stop always');
  t.equal(world.status('always'), 'always stop/waiting');
  t.end();
});

test('54: too many respawns stop the job with PROCESS=respawn; the default allows exactly ten', (t) => {
  const world = new World({ foo: RESPAWN });
  world.command('start foo');
  for (let death = 1; death <= 10; death += 1) {
    world.passes(100);
    world.ends('foo', 'main', exited(1));
    t.equal(world.status('foo'), `foo start/running, process ${death + 1}`);
  }
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=respawn']);
  t.same(world.logged('too fast'), ['foo respawning too fast, stopped']);
  t.end();
});

test('each instance has a respawn count of its own, and a restart by hand is none', (t) => {
  const world = new World({ foo: `${RESPAWN}\nrespawn limit 1 60\ninstance $N` });
  world.command('start foo N=good');
  world.command('start foo N=bad');
  world.ends('foo (bad)', 'main', exited(1));
  world.ends('foo (bad)', 'main', exited(1));
  t.equal(world.status('foo', 'N=bad'), 'Unknown instance: bad');
  for (let time = 0; time < 3; time += 1) world.command('restart foo N=good');
  world.ends('foo (good)', 'main', killedBy('KILL'));
  t.match(world.status('foo', 'N=good'), /start\/running/);
  t.end();
});

test('the limit counts within a window that begins with a respawn', (t) => {
  const limited = { respawnLimit: 2, respawnInterval: 5 };
  const deaths = (...times: number[]): string[] => {
    let record = NO_RESPAWNS;
    return times.map((time) => {
      const decision = decideRespawn(limited, record, 0, time);
      record = decision.record;
      return decision.kind;
    });
  };
  t.same(deaths(0, 1000, 2000), ['respawn', 'respawn', 'too-fast']);
  t.same(
    deaths(0, 5000, 5001),
    ['respawn', 'respawn', 'respawn'],
    'more than 5 s after the first, a new window',
  );
  t.same(deaths(0, 1000, 5000), ['respawn', 'respawn', 'too-fast'], 'exactly 5 s is within');
  t.equal(
    decideRespawn({ respawnLimit: 0, respawnInterval: 5 }, { ...NO_RESPAWNS, count: 99 }, 0, 0).kind,
    'respawn',
  );
  t.equal(
    decideRespawn({ respawnLimit: 5, respawnInterval: 0 }, { ...NO_RESPAWNS, count: 99 }, 0, 0).kind,
    'respawn',
  );
  t.end();
});

test('the back-off doubles up to its cap, and begins anew after a run that lasted', (t) => {
  const policy = {
    respawnLimit: 0,
    respawnInterval: 0,
    respawnDelay: { first: 0.5, cap: 3, resetAfter: 30 },
  };
  let record = NO_RESPAWNS;
  const delays = [1, 1, 1, 1, 1, 30_000, 1].map((ranFor) => {
    const decision = decideRespawn(policy, record, ranFor, 0);
    record = decision.record;
    return decision.kind === 'respawn' ? decision.delay : -1;
  });
  t.same(delays, [500, 1000, 2000, 3000, 3000, 500, 1000]);
  t.end();
});

test('respawn delay auto: at once, then after 0.1 s doubling to 10 s, and at once again after a stable minute', (t) => {
  const policy = { respawnDelay: AUTO_DELAY, respawnLimit: 0 };
  let record = NO_RESPAWNS;
  const delays = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 59_999, 60_000, 1].map((ranFor) => {
    const decision = decideRespawn(policy, record, ranFor, 0);
    record = decision.record;
    return decision.kind === 'respawn' ? decision.delay : -1;
  });
  t.same(delays, [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000, 0, 100]);
  t.end();
});

/** How often a job is respawned that always runs for so long, until it is given up. */
function respawnsOf(policy: Parameters<typeof decideRespawn>[0], ranFor: number, most = 100): number {
  let [record, now, respawns] = [NO_RESPAWNS, 0, 0];
  for (; respawns < most; respawns += 1) {
    now += ranFor;
    const decision = decideRespawn(policy, record, ranFor, now);
    if (decision.kind === 'too-fast') return respawns;
    record = decision.record;
    now += decision.delay;
  }
  return respawns;
}

test('with respawn delay auto, the limit counts the crashes within ten minutes, not counting the pauses', (t) => {
  const auto = { respawnLimit: DEFAULTS.respawnLimit, respawnDelay: AUTO_DELAY };
  t.equal(respawnsOf(auto, 1), 10, 'a job that crashes at once');
  t.equal(respawnsOf(auto, 50_000), 10, 'one that crashes each 50 s');
  t.equal(respawnsOf(auto, 70_000), 100, 'one that is up for more than ten minutes between eleven crashes');
  t.equal(respawnsOf({ ...auto, respawnLimit: 3 }, 1), 3);
  t.equal(respawnsOf({ ...auto, respawnLimit: 10, respawnInterval: 5 }, 1), 10, 'a stated interval is met');
  t.equal(respawnsOf({ ...auto, respawnLimit: 10, respawnInterval: 5 }, 1000), 100, 'one that takes longer');
  t.equal(respawnsOf({ ...auto, respawnLimit: 0, respawnInterval: 0 }, 1), 100, 'unlimited');
  t.end();
});

test('an .ini job backs off by itself, and fails when it has crashed too often', (t) => {
  const world = new World({ foo: 'exec = sleep 1000\nrespawn = true\nready = exec' }, { ini: ['foo'] });
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo start/running, process 2', 'the first respawn comes at once');
  for (const [index, pause] of [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000].entries()) {
    world.ends('foo', 'main', exited(1));
    t.equal(world.status('foo'), 'foo start/post-stop');
    t.equal(world.view('foo')?.respawnAt, world.now + pause);
    world.passes(pause - 1);
    t.equal(world.status('foo'), 'foo start/post-stop');
    world.passes(1);
    t.equal(world.status('foo'), `foo start/running, process ${index + 3}`);
  }
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=failed PROCESS=respawn']);
  t.end();
});

test('a job in its back-off says so, starts when it is over, and can be stopped and restarted at once', (t) => {
  const world = new World({ foo: `${RESPAWN}\nrespawn delay 4 60` });
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo start/post-stop');
  t.match(world.view('foo')?.waitsFor, /^respawn 1, in 4 s$/);
  world.passes(3999);
  t.equal(world.status('foo'), 'foo start/post-stop');
  world.passes(1);
  t.equal(world.status('foo'), 'foo start/running, process 2');

  world.ends('foo', 'main', exited(1));
  t.equal(world.answer(world.command('restart foo')), 'ok');
  t.equal(world.status('foo'), 'foo start/running, process 3');

  world.ends('foo', 'main', exited(1));
  t.match(world.answer(world.command('stop foo')), /^ok/);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.equal(world.timers.size, 0);
  t.end();
});

test('55: a normal exit is no failure and no reason to respawn', (t) => {
  for (const status of [exited(7), killedBy('USR1'), killedBy('TERM')]) {
    const world = new World({ foo: `${RESPAWN}\nnormal exit 7 USR1\nnormal exit SIGTERM` });
    world.command('start foo');
    world.ends('foo', 'main', status);
    t.equal(world.status('foo'), 'foo stop/waiting');
    t.same(world.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=ok']);
  }
  t.end();
});

test('56: a main that failed gives stopping and stopped its status or the name of its signal', (t) => {
  for (const [status, variable] of [
    [exited(3), 'EXIT_STATUS=3'],
    [killedBy('SEGV') | 0x80, 'EXIT_SIGNAL=SEGV'],
    [40, 'EXIT_SIGNAL=40'],
  ] as const) {
    const world = new World({ foo: 'exec sleep 1000' });
    world.command('start foo');
    world.ends('foo', 'main', status);
    const variables = `JOB=foo INSTANCE= RESULT=failed PROCESS=main ${variable}`;
    t.same(world.events('stopping', 'stopped'), [`stopping ${variables}`, `stopped ${variables}`]);
  }
  const world = new World({ foo: 'exec sleep 1000' });
  world.command('start foo');
  world.ends('foo', 'main', killedBy('ABRT'));
  t.same(world.logged('killed by'), ['foo main process (1) killed by ABRT signal']);
  t.end();
});

test('57: when main dies while post-start or pre-stop runs, the job waits for the hook, then respawns or stops', (t) => {
  const world = new World({ foo: `${RESPAWN}\npost-start exec b` });
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo respawn/post-start, (post-start) process 2');
  t.equal(world.answer(world.command('start foo')), 'Job is already running: foo');
  world.ends('foo', 'post-start');
  t.equal(world.status('foo'), 'foo start/post-start, process 3\n\tpost-start process 4');

  const stopping = new World({ foo: `${RESPAWN}\npre-stop exec c` });
  stopping.command('start foo');
  stopping.command('stop foo');
  stopping.ends('foo', 'main', killedBy('QUIT'));
  t.equal(stopping.status('foo'), 'foo stop/pre-stop, (pre-stop) process 2');
  stopping.ends('foo', 'pre-stop');
  t.equal(stopping.status('foo'), 'foo stop/waiting');
  t.same(stopping.events('stopped'), ['stopped JOB=foo INSTANCE= RESULT=ok']);

  const cancelled = new World({ foo: `${RESPAWN}\npre-stop exec c` });
  cancelled.command('start foo');
  cancelled.command('stop foo');
  cancelled.command('start foo');
  cancelled.ends('foo', 'main', exited(1));
  t.equal(cancelled.status('foo'), 'foo respawn/pre-stop, (pre-stop) process 2');
  cancelled.ends('foo', 'pre-stop');
  t.equal(cancelled.status('foo'), 'foo start/running, process 3');
  t.end();
});

test('a stop while the job waits to respawn is a stop', (t) => {
  const world = new World({ foo: `${RESPAWN}\npost-start exec b` });
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  const stop = world.command('stop foo');
  world.ends('foo', 'post-start');
  t.match(world.answer(stop), /^ok/);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('a respawn asks for nothing but the end of what is left and the new process', (t) => {
  const world = new World({ foo: RESPAWN });
  world.command('start foo');
  const before = world.effects.length;
  world.ends('foo', 'main', killedBy('KILL'));
  const kinds = world.effects.slice(before).map((effect) => effect.kind);
  t.same(
    kinds.filter((kind) => !['log', 'event', 'job-changed'].includes(kind)),
    ['end-members', 'spawn'],
    'no timer is set or cleared on the way',
  );
  t.end();
});

test('reset-failed forgets the failure, so that status shows nothing of it any more', (t) => {
  const world = new World({ foo: 'task\nexec x' });
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  const failed = () => world.core.classes().find(({ name }) => name === 'foo')?.lastEnd?.failure?.text;
  t.equal(failed(), 'main process (1) terminated with status 1');
  t.equal(world.answer(world.foster('reset-failed foo')), 'ok');
  t.equal(failed(), undefined);
  t.equal(world.answer(world.foster('reset-failed nosuch')), 'Unknown job: nosuch');
  t.end();
});

test('reset-failed lets a job that waits out its back-off go on at once, and counts from nothing', (t) => {
  const world = new World({ foo: 'exec x\nrespawn\nrespawn delay 10 60 100' });
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  t.match(world.status('foo'), /^foo start\/post-stop/);
  world.foster('reset-failed foo');
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.equal(world.core.jobs(world.now)[0]?.respawns, 0);
  t.equal(world.timers.size, 0, 'nothing of the back-off is left');
  world.ends('foo', 'main', exited(1));
  t.equal(world.core.jobs(world.now)[0]?.respawns, 1);
  t.end();
});

test('reset-failed means all instances, or the one that is named', (t) => {
  const world = new World({ foo: 'exec x\ninstance $N\nrespawn\nrespawn delay 10 60 100' });
  for (const instance of ['a', 'b', 'c']) {
    world.command(`start foo N=${instance}`);
    world.ends(`foo (${instance})`, 'main', exited(1));
  }
  world.foster('reset-failed foo N=a');
  t.match(world.status('foo', 'N=a'), /start\/running/);
  t.match(world.status('foo', 'N=b'), /start\/post-stop/);
  world.foster('reset-failed foo');
  t.match(world.status('foo', 'N=b'), /start\/running/);
  t.match(world.status('foo', 'N=c'), /start\/running/);
  t.end();
});

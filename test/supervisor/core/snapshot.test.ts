/** Saved state: a new core takes jobs back as they were. */
import { test, type Test } from 'tap';
import { jobClass as codec } from '../../../src/jobfile/job-class/job-class.js';
import { createCore } from '../../../src/supervisor/core/core.js';
import { exited, World } from './support/world.js';

const SERVICE = 'exec sleep 1000';

/** The supervisor is replaced: through JSON, with a clock that begins elsewhere. */
function reexec(world: World, elapsed = 0): void {
  const saved = world.core.save(world.now);
  world.timers.clear();
  world.now = 5000;
  world.core = createCore(world.coreOptions());
  for (const [name, jobClass] of world.classes) world.input({ kind: 'class', name, class: jobClass });
  world.takesBack(saved, elapsed);
}

function saved(t: Test, change: (job: Record<string, unknown>) => void): unknown {
  const world = new World({ foo: SERVICE });
  world.command('start foo');
  const state = JSON.parse(JSON.stringify(world.core.save(world.now))) as { jobs: Record<string, unknown>[] };
  const [job] = state.jobs;
  t.ok(job);
  change(job!);
  return state;
}

test('a running job comes back with pid, goal, state and variables, and respawns as before', (t) => {
  const world = new World({ foo: `respawn\nrespawn limit 1 60\ninstance $N\n${SERVICE}` });
  world.command('start foo N=a X=1');
  world.ends('foo (a)', 'main', exited(1));
  reexec(world);
  t.equal(world.status('foo', 'N=a'), 'foo (a) start/running, process 2');
  t.equal(world.view('foo (a)')?.respawns, 1);
  world.command('restart foo N=a X=2');
  t.equal(world.variable('foo main', 'X'), '2');
  world.ends('foo (a)', 'main', exited(1));
  t.equal(world.variable('foo main', 'X'), '2');
  world.ends('foo (a)', 'main', exited(1));
  t.equal(world.core.jobs(world.now).length, 0, 'the limit still counts');
  t.end();
});

test('the respawn window goes on from where it was', (t) => {
  const world = new World({ foo: `respawn\nrespawn limit 1 60\n${SERVICE}` });
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  reexec(world, 61_000);
  world.ends('foo', 'main', exited(1));
  t.match(world.status('foo'), /running/);
  world.ends('foo', 'main', exited(1));
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('timers go on with what is left of them', (t) => {
  const world = new World({ foo: SERVICE });
  world.stubborn.add('foo');
  world.command('start foo');
  world.command('stop foo');
  world.passes(2000);
  reexec(world, 1000);
  t.equal(world.of('expect-end').length, 2, 'the tracker is told again that the end is wanted');
  world.passes(1999);
  t.equal(world.status('foo'), 'foo stop/killed, process 1');
  world.passes(1);
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.end();
});

test('the time in which nobody looked does not count against main: it may have given its sign', (t) => {
  const world = new World({
    foo: `ready daemonised\nstart timeout 4\n${SERVICE}`,
    bar: `watchdog 3\n${SERVICE}`,
  });
  world.command('start foo');
  world.command('start bar');
  world.passes(1000);
  reexec(world, 60_000);
  world.passes(1900);
  t.same(world.signals(), []);
  world.handsOver('foo');
  world.passes(100);
  t.match(world.status('foo'), /^foo start\/running/);
  t.same(world.signals(), ['ABRT main 2'], 'what was left of it is over');
  t.end();
});

test('a hook that runs goes on, and the job after it', (t) => {
  const world = new World({ foo: `pre-start exec a\n${SERVICE}` });
  world.command('start foo');
  reexec(world);
  t.equal(world.status('foo'), 'foo start/pre-start, process 1');
  world.ends('foo', 'pre-start');
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.end();
});

test('an end of members that was asked for is asked for again', (t) => {
  const world = new World({ foo: `respawn\n${SERVICE}` });
  world.slowMembers.add('foo');
  world.command('start foo');
  world.ends('foo', 'main', exited(1));
  world.slowMembers.clear();
  reexec(world);
  t.equal(world.status('foo'), 'foo start/running, process 2');
  t.end();
});

test('events that expressions hold are still held, with what they carry', (t) => {
  const world = new World({
    foo: `start on a X=1 and a\nstop on y and z\n${SERVICE}`,
    bar: `start on a and b\n${SERVICE}`,
  });
  world.emit('a X=1 Y=2');
  t.match(world.status('foo'), /running/, 'one event may satisfy both leaves');
  world.emit('y');
  reexec(world);
  t.same(world.core.pending(world.now), [
    { what: 'event a X=1 Y=2', waitsFor: ['start on of bar, which also waits for b'] },
    { what: 'event y', waitsFor: ['stop on of foo, which also waits for z'] },
  ]);
  world.emit('b');
  t.equal(world.variable('bar main', 'Y'), '2');
  world.emit('z');
  t.equal(world.status('foo'), 'foo stop/waiting');
  t.same(world.core.pending(world.now), []);
  t.end();
});

test('a job that waits for its event goes on when the others are done', (t) => {
  const world = new World({ foo: SERVICE, h: 'start on starting foo\ntask\nexec x' });
  world.command('start foo');
  reexec(world);
  t.equal(world.status('foo'), 'foo start/starting');
  world.ends('h', 'main');
  t.match(world.status('foo'), /running/);
  t.end();
});

test('one job by itself: what it waited for is taken for done', (t) => {
  const world = new World({ foo: SERVICE, h: 'start on starting foo\ntask\nexec x' });
  world.command('start foo');
  const alone = world.core.save(world.now, { name: 'foo', instance: '' });
  const other = new World({ foo: SERVICE });
  other.takesBack(alone);
  t.match(other.status('foo'), /running/);
  t.same(world.core.save(world.now, { name: 'nosuch', instance: '' })['jobs'], []);
  t.end();
});

test('a job whose file has changed meanwhile keeps its class until it has stopped; one whose file is gone too', (t) => {
  const world = new World({ foo: `respawn\nenv V=1\n${SERVICE}`, gone: SERVICE });
  world.command('start foo');
  world.command('start gone');
  const state = world.core.save(world.now);
  const next = new World({ foo: `respawn\nenv V=2\n${SERVICE}` });
  next.takesBack(state);
  next.ends('foo', 'main', exited(1));
  t.equal(next.variable('foo main', 'V'), '1');
  next.command('stop foo');
  next.command('start foo');
  t.equal(next.variable('foo main', 'V'), '2');
  next.command('stop gone');
  t.equal(next.status('gone'), 'Unknown job: gone');
  t.end();
});

test('the interval that main has asked for goes on to count, and so does that it has missed it', (t) => {
  const world = new World({ dog: `watchdog 5\nkill timeout 3\n${SERVICE}` });
  world.stubborn.add('dog');
  world.command('start dog');
  world.input({ kind: 'watchdog-interval', job: { name: 'dog', instance: '' }, interval: 60_000 });
  reexec(world);
  world.passes(50_000);
  world.input({ kind: 'watchdog', job: { name: 'dog', instance: '' }, sign: 'alive' });
  world.passes(59_000);
  t.same(world.signals(), [], 'not that of its file');
  world.passes(1000);
  t.same(world.signals(), ['ABRT main 1']);
  reexec(world);
  world.passes(3000);
  t.same(world.signals(), ['ABRT main 1', 'KILL main 1']);
  t.end();
});

test('attempts that failed for want of something become rarer from where they were', (t) => {
  const world = new World({ foo: `respawn\n${SERVICE}` });
  world.unstartable.set('foo main', 'unable to fork');
  world.shortage = true;
  world.command('start foo');
  world.passes(2000);
  const before = world.logged('is started again in').length;
  reexec(world);
  world.passes(10_000);
  t.match(world.logged('is started again in').slice(before), ['foo is started again in 3.2 s']);
  t.end();
});

test('how long a program that the launcher has become has run is known', (t) => {
  const world = new World({ foo: `ready auto\n${SERVICE}` });
  world.command('start foo');
  world.passes(1000);
  world.input({ kind: 'program-began', job: { name: 'foo', instance: '' }, pid: 1 });
  world.passes(1000);
  reexec(world);
  world.input({ kind: 'program-began', job: { name: 'foo', instance: '' }, pid: 2 });
  world.passes(249);
  t.match(world.status('foo'), /spawned/);
  world.passes(1);
  t.match(world.status('foo'), /running/);
  t.end();
});

test('how the last job of a class ended is still known when the job is gone', (t) => {
  const world = new World({ bad: SERVICE, setup: 'task\nexec true', user: `requires setup\n${SERVICE}` });
  world.command('start bad');
  world.passes(300);
  world.ends('bad', 'main', exited(9));
  world.command('start setup');
  world.ends('setup', 'main');
  reexec(world, 700);
  const view = world.core.classes().find(({ name }) => name === 'bad');
  t.match(view?.lastEnd, {
    at: world.now - 700,
    failure: { text: 'main process (1) terminated with status 9', status: exited(9) },
    exit: { status: exited(9), pid: 1, at: world.now - 700 },
  });
  world.command('reset-failed bad');
  t.equal(world.core.classes().find(({ name }) => name === 'bad')?.lastEnd, undefined);
  t.match(world.core.classes().find(({ name }) => name === 'setup')?.lastEnd, { failure: undefined });
  t.end();
});

test('each field of a job is saved as it was read', (t) => {
  const world = new World({ foo: `stop on y and z\nkill timeout 60\n${SERVICE}` });
  const [jobClass] = world.classes.values();
  // nothing in it is as in a job that has just been made
  const job = {
    name: 'foo',
    instance: 'one',
    scale: { count: 3, inFile: null },
    class: JSON.parse(JSON.stringify(codec.write({ ...jobClass!, respawn: true }, undefined))) as unknown,
    stopLatches: [7, null],
    goal: 'respawn',
    goalAge: 1,
    state: 'killed',
    age: 2,
    cycle: true,
    fresh: true,
    env: ['A=1', 'B='],
    startEnv: ['C=2'],
    stopEnv: ['D=3'],
    processes: [{ process: 'main', pid: 77, age: 3 }],
    spawning: null,
    hookEnding: 'signalled',
    blocker: 8,
    heldEvents: [7, 8],
    run: {
      launcher: { pid: 76, age: 4 },
      programAge: 5,
      ready: true,
      settled: true,
      handedOff: true,
      continued: true,
      watchdogInterval: 6,
      hung: 'unhealthy: answered 503',
    },
    killing: { age: 7, reason: 'death', forced: true, members: 'ended' },
    failure: { process: 'respawn', status: 256, text: 'too fast' },
    lastExit: { status: 9, pid: 75, age: 8 },
    respawns: { windowAge: 9, count: 10, inARow: 11, total: 12 },
    respawnIn: 13,
    shortages: 14,
    history: {
      started: { age: 17, cause: { kind: 'command', verb: 'restart', by: 1000 } },
      stopped: { age: 18, cause: { kind: 'events', events: ['y K=1'] } },
      mains: [
        { pid: 74, beganAge: 20, age: 19, status: 256, sequel: 'respawned' },
        { pid: 75, beganAge: 9, age: 8, status: 'not-reported', sequel: 'failed' },
      ],
    },
    timers: [{ kind: 'kill', in: 15 }],
  };
  const event = (id: number): object => ({ id, name: 'y', env: ['K=1'], progress: 'handling', failed: true });
  const state = {
    version: 1,
    nextEvent: 50,
    order: ['bar', 'foo'],
    events: [event(7), event(8)],
    classes: [
      {
        name: 'foo',
        active: job.class,
        lastEnd: {
          instance: 'two',
          age: 16,
          failure: job.failure,
          exit: job.lastExit,
          history: {
            started: { age: 21, cause: { kind: 'job', job: 'bar' } },
            stopped: { age: 22, cause: { kind: 'command', verb: 'stop', by: 'shutdown' } },
            mains: [],
          },
          respawns: 4,
        },
        copyEnds: [
          {
            instance: '2',
            age: 23,
            failure: null,
            exit: null,
            history: { started: null, stopped: null, mains: [] },
            respawns: 5,
          },
        ],
        scale: { count: 3, inFile: null },
      },
    ],
    latches: [
      {
        class: 'bar',
        expression: {
          kind: 'event',
          name: 'a',
          matches: [{ key: 'K', negated: true, pattern: '1', text: 'K!=1' }],
        },
        leaves: [8],
      },
    ],
    jobs: [job],
    unclear: [{ job: { name: 'bar', instance: '' }, pids: [78], resumeWith: ['E=4'] }],
  };
  const next = new World({ foo: SERVICE, bar: 'start on a K!=1\nexec true' });
  next.takesBack(state);
  t.same(JSON.parse(JSON.stringify(next.core.save(next.now))), state);
  t.end();
});

test('what is not saved state is refused, with the place and what was expected there', (t) => {
  const world = new World({ foo: SERVICE });
  const refuses = (state: unknown, message: string): void => {
    t.throws(() => world.core.decode(state, world.now), { name: 'DecodeError', message });
  };
  refuses(null, 'expected an object, found null');
  refuses({ version: 2 }, 'version: expected 1, found 2');
  refuses({ version: 1, events: 3 }, 'events: expected a list, found 3');
  refuses(
    saved(t, (job) => (job['state'] = 'runing')),
    `jobs[0].state: expected one of waiting, starting, security, pre-start, spawned, post-start, running, pre-stop, stopping, killed, post-stop, found "runing"`,
  );
  refuses(
    saved(t, (job) => (job['processes'] = [{ process: 'main', pid: 0, age: 1 }])),
    'jobs[0].processes[0].pid: expected a process id from 1 to 4194304, found 0',
  );
  refuses(
    saved(t, (job) => delete job['run']),
    'jobs[0].run: expected an object, found nothing',
  );
  refuses(
    saved(t, (job) => (job['state'] = 'waiting')),
    'jobs[0].state: expected a state of a job that lives, found "waiting"',
  );
  t.same(world.core.jobs(world.now), [], 'nothing was changed');
  world.command('start foo');
  refuses(
    saved(t, () => undefined),
    'jobs[0]: expected each job once, found foo again',
  );
  t.end();
});

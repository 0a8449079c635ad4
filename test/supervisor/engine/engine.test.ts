/** The engine's two lanes, with the real core and handlers that note what is done and what is reported. */
import { test } from 'tap';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { createCore } from '../../../src/supervisor/core/core.js';
import { STATES, type CoreEffect, type CoreInput } from '../../../src/supervisor/core/contract.js';
import { Engine, type EffectHandlers } from '../../../src/supervisor/engine/engine.js';
import { ReportLane } from '../../../src/supervisor/engine/report-lane.js';
import { conf } from '../support/job-classes.js';

const KINDS: readonly CoreEffect['kind'][] = [
  'spawn',
  'signal',
  'expect-end',
  'continue',
  'end-members',
  'set-timer',
  'clear-timer',
  'reply',
  'log',
  'event',
  'job-changed',
  'job-gone',
  'essential-ended',
];

const REPORTED: ReadonlySet<CoreEffect['kind']> = new Set(['reply', 'log', 'event', 'job-changed']);

/** The states from a spawn on. */
const UP = ['spawned', 'post-start', 'running'];

const FOO = { name: 'foo', instance: '' };

/** A supervisor without processes: each spawn and each end of members is answered at once. */
function rig(stanzas: Partial<JobClass> = {}) {
  const lane = new ReportLane();
  const done: string[] = [];
  let pid = 0;
  const handlers = Object.fromEntries(
    KINDS.map((kind) => {
      const note = (effect: CoreEffect): void => {
        done.push(describe(effect));
        if (effect.kind === 'spawn')
          submit({ kind: 'spawned', job: effect.job, process: effect.process, pid: ++pid });
        if (effect.kind === 'end-members') submit({ kind: 'members-ended', job: effect.job });
      };
      return [kind, REPORTED.has(kind) ? { report: note } : { act: note }];
    }),
  ) as unknown as EffectHandlers;
  const core = createCore({ jobEnvironment: [], ownEnvironment: [] });
  const engine = new Engine(core, () => 0, lane);
  engine.connect(handlers);
  const submit = (input: CoreInput): void => engine.submit(input);
  submit({
    kind: 'class',
    name: 'foo',
    class: conf({ name: 'foo', processes: { main: { exec: 'sleep 1000' } }, ...stanzas }),
  });
  const start = { verb: 'start', name: 'foo', env: [], wait: 'nothing', dialect: 'foster' } as const;
  submit({ kind: 'command', id: 1, ...start });
  lane.flush();
  const before = done.splice(0);
  return { lane, engine, core, done, before };
}

function describe(effect: CoreEffect): string {
  if (effect.kind === 'job-changed') return effect.to;
  if (effect.kind === 'log') return effect.text;
  return effect.kind;
}

test('a service whose main has died is started again before anything of it is reported', (t) => {
  const { lane, engine, core, done } = rig({ respawn: true });
  engine.submit({ kind: 'process-ended', job: FOO, process: 'main', status: 9 });
  t.same(
    done.filter((what) => !what.endsWith('-timer')),
    ['end-members', 'spawn'],
  );
  t.match(core.job(FOO, 0), { state: 'running', processes: [{ process: 'main', pid: 2 }] });
  lane.flush();
  const reports = done.slice(done.indexOf('spawn') + 1);
  const states = reports.filter((what) => (STATES as readonly string[]).includes(what));
  t.same(states, ['stopping', 'killed', 'post-stop', 'starting', 'security', 'pre-start', ...UP], 'in order');
  t.ok(reports.indexOf('foo main process (1) killed by KILL signal') < reports.indexOf('stopping'));
  t.ok(reports.indexOf('starting') < reports.indexOf('foo main process (2)'));
  t.end();
});

test('what is asked of the job meanwhile finds it as it is, and ends nothing', (t) => {
  const { engine, core, done } = rig({ respawn: true });
  engine.submit({ kind: 'process-ended', job: FOO, process: 'main', status: 9 });
  t.ok(core.changeEnvironment(FOO, 'COLOUR=red'));
  t.same(core.pending(0), []);
  engine.submit({ kind: 'timer', timer: 'settle:foo' });
  t.equal(done.filter((what) => what === 'spawn').length, 1, 'it is started once');
  t.notOk(done.includes('signal'));
  t.end();
});

test('a command is answered in its turn, although it has started a program', (t) => {
  const { before } = rig();
  t.ok(before.indexOf('reply') > before.indexOf('spawn'));
  const { engine, done } = rig();
  engine.submit({
    kind: 'command',
    id: 2,
    verb: 'restart',
    name: 'foo',
    env: [],
    wait: 'nothing',
    dialect: 'foster',
  });
  t.ok(done.includes('reply'), 'nobody has to wait or to ask');
  t.end();
});

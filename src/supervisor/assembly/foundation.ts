import { availableParallelism } from 'node:os';
import { selectSource } from '../../tracker/sources/select.js';
import type { TrackerOutput } from '../../tracker/tracker.js';
import { Tracking } from '../../tracker/tracking.js';
import { PendingCommands } from '../commands/pending-commands.js';
import type { Milliseconds } from '../core/contract.js';
import { createCore } from '../core/core.js';
import { Engine } from '../engine/engine.js';
import { Feed } from '../feed/feed.js';
import { Journal } from '../log/journal.js';
import { jobEnvironments } from '../launch/launch-defaults.js';
import { Relay } from './relay.js';
import { Timers } from '../timers.js';
import type { AssemblyInputs } from './inputs.js';

/** The two pure cores, and where everything reports to. */
export type Foundation = ReturnType<typeof makeFoundation>;

export function makeFoundation({ options, kernel, lane, log }: AssemblyInputs) {
  /** the core's clock: milliseconds of CLOCK_MONOTONIC */
  const now = (): Milliseconds => kernel.now() / 1e6;
  const environments = jobEnvironments(options, process.env);
  const core = createCore({ ...environments, processors: availableParallelism() });
  const engine = new Engine(core, now, lane);
  const { submit } = engine;
  const audience = new Relay<void>();
  const clocks = { timeOfDay: lane.timeOfDay, monotonic: () => kernel.now() };
  const feed = new Feed(clocks, audience.send);
  const journal = new Journal(log, feed, lane);
  const { source, tests } = selectSource(kernel, options.tracker);
  log('info', `Tracker ${source.name}`);
  const tracked = new Relay<readonly TrackerOutput[]>();
  return {
    started: new Date(),
    now,
    environments,
    core,
    engine,
    submit,
    commands: new PendingCommands(submit),
    timers: new Timers(now, (timer) => submit({ kind: 'timer', timer })),
    /** notifies that the set of feed readers has changed */
    audience,
    feed,
    journal,
    /** writes to the log and the feed */
    report: journal.report,
    source,
    tests,
    /** events and verdicts of the tracker */
    tracked,
    tracking: new Tracking(kernel, source, (outputs) => lane.turn(() => tracked.send(outputs))),
  };
}

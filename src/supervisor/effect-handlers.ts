import type { Tracker } from '../tracker/tracker.js';
import type { Activation } from './activation.js';
import type { JobGroups } from './cgroup/job-groups.js';
import type { PendingCommands } from './commands.js';
import type { EffectHandlers } from './engine.js';
import type { MemberEnding } from './ending/member-ending.js';
import type { Feed } from './feed/feed.js';
import { jobKey } from './job-key.js';
import type { JobProcesses } from './job-processes.js';
import type { Log } from './log.js';
import type { Readiness } from './readiness/readiness.js';
import type { SupervisorParts } from './supervisor-parts.js';
import type { Timers } from './timers.js';
import type { VerdictReports } from './verdict-reports.js';

/** Who carries out what. */
export interface EffectParts {
  readonly parts: SupervisorParts;
  readonly processes: JobProcesses;
  readonly ending: MemberEnding;
  readonly commands: PendingCommands;
  readonly timers: Timers;
  readonly verdicts: VerdictReports;
  readonly readiness: Readiness;
  readonly groups: JobGroups;
  readonly activation: Activation;
  readonly tracker: Tracker;
  readonly feed: Feed;
  /** writes to foster's own log, and to the feed */
  readonly say: (level: Parameters<Log>[0], text: string) => void;
}

/** How many of a job's last lines a failed start shows. */
const LINES_SHOWN = 10;

/** What carries out each effect of the core. */
export function effectHandlers(supervisor: EffectParts): EffectHandlers {
  const { parts, processes, timers, verdicts, readiness, groups, activation, feed } = supervisor;
  return {
    spawn: (effect) => {
      if (effect.process === 'main') verdicts.forget(effect.job);
      processes.spawn(effect);
    },
    signal: (effect) => processes.signal(effect),
    'expect-end': ({ job }) => processes.expectEnd(job),
    continue: (effect) => processes.continue(effect),
    'end-members': (effect) => supervisor.ending.begin(effect),
    'set-timer': ({ timer, at }) => timers.set(timer, at),
    'clear-timer': ({ timer }) => timers.clear(timer),
    reply: ({ id, outcome }) => {
      parts.beforeAnswer(outcome.job);
      const failed = outcome.ok ? undefined : outcome.job;
      const output = failed === undefined ? [] : parts.outputs.lastLines(failed, LINES_SHOWN);
      supervisor.commands.answer(id, { outcome, output });
    },
    log: ({ level, text }) => supervisor.say(level, text),
    event: ({ name, env }) => {
      activation.runlevel.emitted(name, env);
      feed.tell({ type: 'event', name, env });
    },
    'job-changed': ({ job, from, to, goal }) => {
      feed.tell({ type: 'state', job: job.name, instance: job.instance, from, to, goal });
      if (from !== to && to === 'starting') parts.outputs.beginRun(job);
      if (from !== to) readiness.stateChanged(job, to);
      if (goal === 'stop' && from !== 'waiting') groups.thaw(job);
      parts.onJobChanged(job);
    },
    'job-gone': ({ job }) => {
      supervisor.tracker.settleRun(jobKey(job));
      verdicts.forget(job);
      readiness.gone(job);
      groups.gone(job);
      parts.launcher.release(job);
      parts.outputs.release(job);
      parts.onJobGone(job);
      activation.jobGone(job);
    },
    'essential-ended': (effect) => parts.onEssentialEnded(effect),
  };
}

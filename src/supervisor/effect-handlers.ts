import type { Tracker } from '../tracker/tracker.js';
import type { Activation } from './activation.js';
import type { JobGroups } from './cgroup/job-groups.js';
import type { PendingCommands } from './commands.js';
import type { EffectHandlers } from './engine.js';
import type { MemberEnding } from './ending/member-ending.js';
import type { Feed } from './feed/feed.js';
import type { HealthChecks } from './health/health-checks.js';
import { jobKey } from './job-key.js';
import type { JobProcesses } from './job-processes.js';
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
  readonly health: HealthChecks;
  readonly groups: JobGroups;
  readonly activation: Activation;
  readonly tracker: Tracker;
  readonly feed: Feed;
}

/** How many of a job's last lines a failed start shows. */
export const LINES_SHOWN = 10;

/** What carries out each effect of the core, in which of the engine's lanes. */
export function effectHandlers(supervisor: EffectParts): EffectHandlers {
  const { parts, processes, timers, verdicts, readiness, groups, activation, feed } = supervisor;
  return {
    spawn: {
      act: (effect) => {
        if (effect.process === 'main') verdicts.forget(effect.job);
        processes.spawn(effect);
      },
    },
    signal: { act: (effect) => processes.signal(effect) },
    'expect-end': { act: ({ job }) => processes.expectEnd(job) },
    continue: { act: (effect) => processes.continue(effect) },
    'end-members': { act: (effect) => supervisor.ending.begin(effect) },
    'set-timer': { act: ({ timer, at }) => timers.set(timer, at) },
    'clear-timer': { act: ({ timer }) => timers.clear(timer) },
    reply: {
      report: ({ id, outcome }) => {
        parts.beforeReply(outcome.job);
        const failed = outcome.ok ? undefined : outcome.job;
        const output = failed === undefined ? [] : parts.outputs.lastLines(failed, LINES_SHOWN);
        supervisor.commands.answer(id, { outcome, output });
      },
    },
    log: {
      report: ({ level, text }) => {
        parts.log(level, text);
        feed.tell({ type: 'log', level, text });
      },
    },
    event: {
      act: ({ name, env }) => activation.runlevel.emitted(name, env),
      report: ({ name, env }) => feed.tell({ type: 'event', name, env }),
    },
    'job-changed': {
      // a sign of readiness, and a frozen group, are in the way of what is done next
      act: ({ job, from, to, goal }) => {
        if (from !== to) readiness.stateChanged(job, to);
        if (from !== to) supervisor.health.stateChanged(job, to);
        if (goal === 'stop' && from !== 'waiting') groups.thaw(job);
      },
      report: ({ job, from, to, goal }) => {
        feed.tell({ type: 'state', job: job.name, instance: job.instance, from, to, goal });
        if (from !== to && to === 'starting') parts.outputs.beginRun(job);
        parts.onJobChanged(job);
      },
    },
    // all at once: the same job may be started again in this very turn
    'job-gone': {
      act: ({ job }) => {
        supervisor.tracker.settleRun(jobKey(job));
        verdicts.forget(job);
        readiness.gone(job);
        groups.gone(job);
        parts.launcher.release(job);
        parts.runtimeDirectories.gone(job);
        parts.outputs.release(job);
        parts.onJobGone(job);
        activation.jobGone(job);
      },
    },
    'essential-ended': { report: (effect) => parts.onEssentialEnded(effect) },
  };
}

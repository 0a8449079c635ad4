/**
 * Makes the supervisor of its parts, each with what it needs as arguments, in the one order in which that is possible. Where a
 * part produces something for another that comes after it, a relay or the engine stands between them. Nothing has been started
 * when this returns.
 */
import { installedVersion } from '../../installation.js';
import { Answers } from '../answers.js';
import type { SupervisorApi } from '../api.js';
import { makeFoundation, type Foundation } from './foundation.js';
import type { Given } from './given.js';
import { gated, makeOutside } from './outside.js';
import { makeProcessHandling, type ProcessHandling } from './process-handling.js';
import { makeServices, type Services } from './services.js';
import { Configuration } from '../config/configuration.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { StartupReport } from '../lifecycle/startup-report.js';
import { rulesJob } from '../lifecycle/rules-job.js';
import { RunJobs } from '../run-jobs/run-jobs.js';
import { PartList } from '../engine/part-list.js';
import { Replies } from '../commands/replies.js';
import type { Storage } from '../state/storage.js';
import type { Upkeep } from '../state/upkeep.js';
import { statusSources } from '../status/status-sources.js';
import { Statuses } from '../status/statuses.js';
import { Supervisor, type SupervisedParts } from '../supervisor.js';

/** What the program around the supervisor has to do with. */
export interface Assembly {
  readonly supervisor: Supervisor;
  readonly api: SupervisorApi;
  readonly startup: StartupReport;
  readonly life: Lifecycle;
  readonly storage: Storage;
  readonly upkeep: Upkeep;
}

export function assemble(given: Given): Assembly {
  const { kernel, lane } = given;
  const foundation = makeFoundation(given);
  const services = makeServices(given, foundation);
  const outside = makeOutside(given, foundation, services);
  const handling = makeProcessHandling(given, foundation, services, outside);
  const all = { ...given, ...foundation, ...services, ...handling };
  const configuration = makeConfiguration(all);
  const sources = (): ReturnType<typeof statusSources> => statusSources({ ...all, configuration });
  const statuses = new Statuses({ core: foundation.core, kernel, now: foundation.now, sources });
  const startup = makeStartupReport(all, configuration, statuses);
  const life = new Lifecycle({
    ...all,
    ...outside,
    configuration,
    startup,
    hasTerminal: given.terminal !== undefined,
    flush: lane.flush,
  });
  const runJobs = new RunJobs(
    {
      core: foundation.core,
      say: foundation.report,
      reload: () => configuration.reload(),
      command: (...asked) => answers.command(...asked),
    },
    () => given.options.runJobs,
  );
  const parts = listParts(all, { configuration, startup, life, runJobs });
  const answers: Answers = new Answers({
    ...all,
    version: installedVersion(),
    tracker: { name: foundation.source.name, tests: foundation.tests },
    jobEnvironment: foundation.environments.jobEnvironment,
    configuration,
    statuses,
    runJobs,
    onRunlevelReached: (env) => life.runlevelReached(env),
    onShutdown: () => life.shutdown(),
  });
  const owners = { ...all, core: outside.core, tracking: outside.tracking };
  const supervisor = new Supervisor({ ...all, parts, configuration, owners, sources: outside.snapshot });
  const { storage, upkeep } = handling;
  return { supervisor, api: gated<SupervisorApi>(answers, lane.flush), startup, life, storage, upkeep };
}

type All = Given & Foundation & Services & ProcessHandling;

/** Those that need all others. */
interface LateParts {
  readonly configuration: Configuration;
  readonly startup: StartupReport;
  readonly life: Lifecycle;
  readonly runJobs: RunJobs;
}

/** The order in which parts start and take note of news; they close in the reverse order. */
function listParts(all: All, { configuration, startup, life, runJobs }: LateParts): SupervisedParts {
  const { engine, directory, log } = all;
  const parts = new PartList(
    {
      // its lock is the last to be released: the next supervisor may begin then
      directory: directory ?? {},
      journal: all.journal,
      jobOutputs: all.outputs,
      // what jobs have written is read before the parts that wait for it keep anything
      outputs: all.recovery,
      launcher: all.launcher,
      timers: all.timers,
      replies: new Replies(all.commands, all.outputs, all.storage),
      memory: all.memory,
      // whom jobs that were taken back have as main is found out before anybody acts on it
      following: all.following,
      readiness: all.readiness,
      health: all.health,
      groups: all.groups,
      runtimeDirs: all.runtimeDirs,
      storage: all.storage,
      reaper: all.reaper,
      processes: all.processes,
      ending: all.ending,
      unclear: all.unclear,
      verdicts: all.verdicts,
      processEvents: all.processEvents,
      configuration,
      runJobs,
      startup,
      life,
      activation: all.activation,
      upkeep: all.upkeep,
    },
    {
      closeFailed: (name, error) => log('fatal', `Internal error while ${name} is closed: ${String(error)}`),
    },
  );
  engine.connect(parts.handlers);
  return parts;
}

function makeConfiguration({ options, command, log, submit, activation, processEvents }: All): Configuration {
  return new Configuration({
    options,
    builtIn: [command, rulesJob(options, ownProgram())].filter((job) => job !== undefined),
    log,
    submit,
    changed: (classes) => {
      activation.follow(classes);
      processEvents.waitersChanged();
    },
  });
}

function makeStartupReport(
  { options, log, isReplacement, feed }: All,
  { files }: Configuration,
  statuses: Statuses,
): StartupReport {
  const jobs = {
    jobs: () => statuses.jobs(),
    brokenJobs: () => statuses.broken(files.brokenNames(), undefined),
    subscribe: feed.subscribe.bind(feed),
  };
  return new StartupReport({ options, jobs, log, isReplacement });
}

/** The words that run this very program. */
function ownProgram(): readonly string[] {
  const [, script] = process.argv;
  return script === undefined ? [process.execPath] : [process.execPath, script];
}

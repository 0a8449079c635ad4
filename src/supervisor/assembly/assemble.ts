/**
 * Builds the supervisor from its parts, in dependency order: each part gets what it needs as constructor arguments. A
 * part that produces something for a later one reaches it through a relay or the engine. Nothing is started yet.
 */
import { installedVersion } from '../../installation.js';
import { Answers, type SupervisorApi } from '../answers.js';
import { makeFoundation, type Foundation } from './foundation.js';
import type { AssemblyInputs } from './inputs.js';
import { gated, makeOutside } from './outside.js';
import { makeProcessHandling, type ProcessHandling } from './process-handling.js';
import { makeServices, type Services } from './services.js';
import { Configuration } from '../config/configuration.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { ManagerNotices, notifyTarget } from '../lifecycle/manager-notices.js';
import { StartupReport } from '../lifecycle/startup-report.js';
import { rulesJob } from '../lifecycle/command-line-jobs.js';
import { RunJobs } from '../run-jobs/run-jobs.js';
import { PartList } from '../engine/part-list.js';
import { Replies } from '../commands/replies.js';
import type { Storage } from '../state/storage.js';
import type { Upkeep } from '../state/upkeep.js';
import { statusSources } from '../status/status-sources.js';
import { Statuses } from '../status/statuses.js';
import { Supervisor, type SupervisedParts } from '../supervisor.js';

/** What init.ts needs of the supervisor. */
interface Assembly {
  readonly supervisor: Supervisor;
  readonly api: SupervisorApi;
  readonly startup: StartupReport;
  readonly life: Lifecycle;
  readonly storage: Storage;
  readonly upkeep: Upkeep;
}

export function assemble(given: AssemblyInputs): Assembly {
  const { kernel, lane } = given;
  const foundation = makeFoundation(given);
  const services = makeServices(given, foundation);
  const outside = makeOutside(given, foundation, services);
  const handling = makeProcessHandling(given, foundation, services, outside);
  const all = { ...given, ...foundation, ...services, ...handling };
  const configuration = makeConfiguration(all);
  const sources = (): ReturnType<typeof statusSources> => statusSources({ ...all, configuration });
  const statuses = new Statuses({ core: foundation.core, kernel, now: foundation.now, sources });
  const manager = new ManagerNotices(notifyTarget(given.options, process.env, process.pid), (text) =>
    given.log('warn', text),
  );
  const startup = makeStartupReport(all, configuration, statuses, manager);
  const life = new Lifecycle({
    ...all,
    ...outside,
    configuration,
    startup,
    manager,
    hasTerminal: given.terminal !== undefined,
    flush: lane.flush,
  });
  const runJobs = new RunJobs(
    {
      core: foundation.core,
      report: foundation.report,
      reload: () => configuration.reload(),
      command: (...asked) => answers.command(...asked),
    },
    () => given.options.runJobs,
  );
  const parts = listParts(all, { configuration, startup, life, runJobs, manager });
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

type All = AssemblyInputs & Foundation & Services & ProcessHandling;

/** Parts that need all others. */
interface LateParts {
  readonly configuration: Configuration;
  readonly startup: StartupReport;
  readonly life: Lifecycle;
  readonly runJobs: RunJobs;
  readonly manager: ManagerNotices;
}

/** Lists the parts in the order in which they start and receive effects. They close in the reverse order. */
function listParts(all: All, { configuration, startup, life, runJobs, manager }: LateParts): SupervisedParts {
  const { engine, directory, log } = all;
  const parts = new PartList(
    {
      // first in the list, so closed last: releasing its lock lets the next supervisor start
      directory: directory ?? {},
      journal: all.journal,
      jobOutputs: all.outputs,
      // reads the jobs' output before the parts that wait for it save their state
      outputs: all.recovery,
      launcher: all.launcher,
      timers: all.timers,
      replies: new Replies(all.commands, all.outputs, all.storage),
      memory: all.memory,
      // finds the mains of recovered jobs before any other part acts on them
      following: all.following,
      readiness: all.readiness,
      health: all.health,
      groups: all.groups,
      runtimeDirs: all.runtimeDirs,
      storage: all.storage,
      reaper: all.reaper,
      processes: all.processes,
      formerStops: all.formerStops,
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
      // foster is ready when everything else has begun
      manager,
    },
    {
      closeFailed: (name, error) => log('fatal', `Internal error while closing ${name}: ${String(error)}`),
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
      activation.setClasses(classes);
      processEvents.waitersChanged();
    },
  });
}

function makeStartupReport(
  { options, log, isReplacement, feed }: All,
  { files }: Configuration,
  statuses: Statuses,
  manager: ManagerNotices,
): StartupReport {
  const jobs = {
    jobs: () => statuses.jobs(),
    brokenJobs: () => statuses.broken(files.brokenNames(), undefined),
    subscribe: feed.subscribe.bind(feed),
  };
  return new StartupReport({ options, jobs, log, manager, isReplacement });
}

/** Returns the command line that runs this program. */
function ownProgram(): readonly string[] {
  const [, script] = process.argv;
  return script === undefined ? [process.execPath] : [process.execPath, script];
}

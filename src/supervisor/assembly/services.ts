import { HEALTH_CHECK } from '../health/stray-probes.js';
import { join } from 'node:path';
import { cgroupSetup } from '../../kernel/cgroup/layout.js';
import { Activation } from '../activation.js';
import { JobGroups } from '../cgroup/job-groups.js';
import { groupScope } from '../cgroup/plan.js';
import { ExecProbes } from '../health/exec-probe.js';
import { HealthChecks } from '../health/health-checks.js';
import { jobLabel } from '../../tracker/job-key.js';
import { launchDefaults } from '../launch/launch-defaults.js';
import type { LaunchDefaults } from '../launch/needs.js';
import { Launcher } from '../launch/launcher.js';
import { recordRunlevels } from '../lifecycle/login-records.js';
import { ConsoleWriter } from '../output/console-writer.js';
import { JobOutputs } from '../output/job-outputs.js';
import { ProcessEvents } from '../process-events/process-events.js';
import { Readiness } from '../readiness/readiness.js';
import { MadeDirectories } from '../runtime-dirs/made-directories.js';
import { RuntimeDirectories } from '../runtime-dirs/runtime-directories.js';
import { StatusMemory } from '../status/status-memory.js';
import { VerdictReports } from '../processes/verdict-reports.js';
import type { Foundation } from './foundation.js';
import type { AssemblyInputs } from './inputs.js';

/** What jobs get, how they report that they are ready, and what starts them. */
export type Services = ReturnType<typeof makeServices>;

export function makeServices(given: AssemblyInputs, foundation: Foundation) {
  const { kernel, options, lane } = given;
  const { core, now, submit, commands, report, tracking, source, feed } = foundation;
  const outputs = makeOutputs(given);
  const activation = new Activation({
    kernel,
    rundir: options.rundir,
    statedir: options.statedir,
    now,
    isUp: (name) => (core.class(name)?.instances.length ?? 0) > 0,
    start: (name) => commands.order('start', 'schedule', name),
    emit: (event, env) => commands.emit(event, env),
    report,
    onRunlevel: options.mode === 'machine' ? recordRunlevels(given.log) : () => undefined,
  });
  const groups = new JobGroups({
    kernel,
    setup: cgroupSetup(),
    scope: groupScope(options.rundir),
    core,
    now,
    warn: (text) => report('warn', text),
    emit: (event, env) => submit({ kind: 'emit', event, env }),
  });
  const readiness = new Readiness({
    kernel,
    tracking,
    notifyPath: join(options.rundir, 'notify'),
    submit,
    core,
    now,
    socketsOf: (name, env) => activation.socketsOf(name, env),
    onLine: (job, listener) => outputs.onLine(job, listener),
    report,
  });
  const defaults = launchDefaults(options, foundation.environments, process.env);
  const runtimeDirs = makeRuntimeDirectories(given, foundation, defaults);
  const launcher = makeLauncher(given, foundation, { outputs, runtimeDirs, readiness, groups, defaults });
  const health = makeHealthChecks(given, foundation, groups, defaults);
  const verdicts = new VerdictReports({ report, feed, readiness });
  const { processes: bridge } = activation;
  const processEvents = new ProcessEvents({ kernel, source, tracking, bridge, feed, lane });
  foundation.audience.connect(processEvents.readersChanged);
  const memory = new StatusMemory(foundation.started, now, verdicts, processEvents);
  return {
    outputs,
    activation,
    groups,
    readiness,
    health,
    runtimeDirs,
    launcher,
    verdicts,
    processEvents,
    memory,
  };
}

interface Launching {
  readonly outputs: JobOutputs;
  readonly runtimeDirs: RuntimeDirectories;
  readonly readiness: Readiness;
  readonly groups: JobGroups;
  readonly defaults: LaunchDefaults;
}

function makeLauncher(
  { kernel, command, terminal }: AssemblyInputs,
  { source, report }: Foundation,
  { outputs, runtimeDirs, readiness, groups, defaults }: Launching,
): Launcher {
  return new Launcher({
    kernel,
    stdio: outputs,
    isTraced: source.capabilities.traces,
    warn: (job, text) => report('warn', `${jobLabel(job)}: ${text}`),
    prepared: (request) => runtimeDirs.prepare(request),
    additions: (request) => readiness.additions(request),
    heldBack: (request) => groups.wants(request),
    atGate: (pid, request) => groups.enter(pid, request),
    defaults,
    foregroundOn: ({ job }) => (job.name === command?.name ? terminal : undefined),
  });
}

function makeHealthChecks(
  { kernel }: AssemblyInputs,
  { now, submit, core, tracking, report }: Foundation,
  groups: JobGroups,
  defaults: LaunchDefaults,
): HealthChecks {
  return new HealthChecks({
    now,
    submit,
    core,
    isFrozen: (job) => groups.statusOf(job)?.frozen === true,
    exec: new ExecProbes({
      kernel,
      defaults,
      launch: (job, start) => tracking.launchHook(job, HEALTH_CHECK, start),
    }),
    report,
  });
}

function makeRuntimeDirectories(
  { directory, log }: AssemblyInputs,
  { core, now }: Foundation,
  { self }: LaunchDefaults,
): RuntimeDirectories {
  const base = self.uid === 0 ? '/run' : (process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${self.uid}`);
  const warn = (text: string): void => log('warn', text);
  const made = new MadeDirectories(() => directory?.made, warn);
  return new RuntimeDirectories({ made, self, base, living: () => core.jobs(now()), warn });
}

function makeOutputs(given: AssemblyInputs): JobOutputs {
  const { options, kernel, lane, log, directory, isReplacement } = given;
  return new JobOutputs({
    kernel,
    logdir: options.logdir,
    logIndex: options.logIndex,
    fifodir: directory?.output,
    defaultConsole: options.defaultConsole,
    console: new ConsoleWriter(1, kernel.files, log),
    rawConsole: options.raw ?? false,
    // a program before a re-exec hands them over
    holdsFifos: !isReplacement,
    logsToConsole: options.logsToConsole ?? false,
    consoleDevice: options.mode === 'machine' ? '/dev/console' : undefined,
    beforeRead: () => lane.flush(),
    report: log,
  });
}

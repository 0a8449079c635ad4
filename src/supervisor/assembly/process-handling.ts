import { detachStranger } from '../../kernel/process/ptrace.js';
import { MemberEnding } from '../ending/member-ending.js';
import { FormerStops } from '../processes/former-stops.js';
import { Following } from '../processes/following.js';
import { JobProcesses } from '../processes/job-processes.js';
import { OutputRecovery } from '../output/output-recovery.js';
import { Reaper } from '../processes/reaper.js';
import { Storage } from '../state/storage.js';
import { Upkeep } from '../state/upkeep.js';
import { TrackerNews } from '../processes/tracker-news.js';
import { UnclearProcesses } from '../processes/unclear-processes.js';
import { jobKey } from '../../tracker/job-key.js';
import type { Foundation } from './foundation.js';
import type { AssemblyInputs } from './inputs.js';
import type { Outside } from './outside.js';
import type { Services } from './services.js';

/** The parts that start, follow, reap and end the processes of jobs, and save their state. */
export type ProcessHandling = ReturnType<typeof makeProcessHandling>;

export function makeProcessHandling(
  given: AssemblyInputs,
  foundation: Foundation,
  services: Services,
  outside: Outside,
) {
  const { kernel, lane, log } = given;
  const { core, now, submit, report, tracking, feed, tracked } = foundation;
  const { groups, readiness, health, launcher, outputs, processEvents, verdicts } = services;
  const { storage, upkeep } = makeStorage(given, services, outside);
  const ending = new MemberEnding({
    kernel,
    tracking,
    groupOf: (job) => groups.of(job),
    ended: (job) => submit({ kind: 'members-ended', job }),
    warn: (text) => report('warn', text),
  });
  const unclear = new UnclearProcesses(kernel.processes, submit);
  const news = new TrackerNews({ ending, groups, readiness, processEvents, verdicts, storage, feed, lane });
  const processes = new JobProcesses(
    {
      launcher,
      launches: storage.launches,
      isSettled: () => core.pendingEvents().length === 0,
      submit,
      report,
      unclear,
      lane,
      readiness,
      outputs,
      news,
    },
    tracking,
  );
  tracked.connect((seen) => processes.handleTracked(seen));
  const reaper = makeReaper(given, foundation, { processes, ending, health });
  const listen = processEvents.machine.receive;
  return {
    storage,
    upkeep,
    ending,
    unclear,
    processes,
    formerStops: new FormerStops({ core, proc: kernel.proc, now, submit }),
    reaper,
    following: new Following({ tracking, reaper, core, now, lane, listen }),
    recovery: new OutputRecovery({
      outputs,
      core,
      now,
      living: (job) => tracking.tracker.living(jobKey(job)).map(({ pid }) => pid),
      report: log,
    }),
  };
}

interface Reaping {
  readonly processes: JobProcesses;
  readonly ending: MemberEnding;
  readonly health: Services['health'];
}

function makeReaper(
  { kernel, lane }: AssemblyInputs,
  { source }: Foundation,
  { processes, ending, health }: Reaping,
): Reaper {
  const stopped = (pid: number, signal: number): void => lane.turn(() => processes.stopped(pid, signal));
  return new Reaper({
    processes: kernel.processes,
    beforeReap: source.beforeReap?.bind(source),
    onDeaths: (deaths) => {
      // deaths may be handled later together, unless a stop waits for each of them
      lane.turn(() => processes.ended(deaths, !ending.isBusy));
      health.ended(deaths);
      ending.onExits();
    },
    onStopped: stopped,
    onTrapped: (pid, status) => {
      if (source.onTrap === undefined) return detachStranger(pid, status);
      const signal = source.onTrap(pid, status);
      if (signal !== undefined) stopped(pid, signal);
    },
  });
}

/** Makes the saved state, and what restores its files if somebody removes them. */
function makeStorage(
  { kernel, options, directory, log }: AssemblyInputs,
  { outputs, activation, readiness }: Services,
  { snapshot }: Outside,
): { readonly storage: Storage; readonly upkeep: Upkeep } {
  const { rundir: path, socket } = options;
  const { runlevel } = activation;
  const storage = new Storage({
    directory,
    path,
    socket,
    kernel,
    sources: snapshot,
    outputs,
    runlevel,
    report: log,
  });
  const upkeep = new Upkeep({
    descriptors: kernel.descriptors,
    unsaved: storage.unsaved,
    directory: path,
    report: log,
  });
  upkeep.add({ name: 'run directory', repair: () => storage.repair() });
  const file = (): string | undefined => readiness.socketFile;
  upkeep.add({ name: 'socket for notices', repair: () => readiness.repairSocket(), file });
  return { storage, upkeep };
}

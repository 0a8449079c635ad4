/** A real daemon under a real supervisor, and what every daemon has to go through. */
import type { Test } from 'tap';
import type { JobStatus } from '../../../src/supervisor/api/job-status.js';
import type { Outcome } from '../../helpers/child.js';
import { isAlive, killIfThere, processLine } from '../../helpers/processes.js';
import { Supervisor } from '../../helpers/supervisor.js';
import { until } from '../../helpers/until.js';
import { Place } from './place.js';

/** `$D` is the scratch directory of the place in all texts. */
export type Daemon = DaemonSetup & Truth;

/** Who the daemon is, by something else than foster: where it writes its pid, or the name that it alone has in the place. */
type Truth = { readonly pidFile: string } | { readonly soleProcess: string };

interface DaemonSetup {
  readonly name: string;
  /** makes the configuration: bash, in the place */
  readonly prepare: string;
  readonly command: string;
  /** where it listens once it is up */
  readonly port?: number;
  /** further lines of its job file */
  readonly stanzas?: string;
}

export class SupervisedDaemon {
  private constructor(
    private readonly t: Test,
    readonly daemon: Daemon,
    readonly place: Place,
    readonly supervisor: Supervisor,
  ) {}

  /**
   * A supervisor that knows the job, and has not started it.
   * @param respawn what shall fail to start is not to be tried again
   */
  static async prepare(t: Test, daemon: Daemon, respawn = false): Promise<SupervisedDaemon> {
    const place = await Place.open(t);
    await place.run(daemon.prepare);
    const command = [...place.entrance, place.fill(daemon.command)].join(' ');
    const stanzas = place.fill(daemon.stanzas ?? '');
    const job = [`respawn = ${respawn}`, stanzas, `exec = ${command}`].join('\n');
    const supervisor = await Supervisor.start(t, { [`${daemon.name}.ini`]: `${job}\n` });
    return new SupervisedDaemon(t, daemon, place, supervisor);
  }

  /** The same, started; foster agrees with the daemon on who is main. */
  static async start(t: Test, daemon: Daemon): Promise<SupervisedDaemon> {
    const supervised = await SupervisedDaemon.prepare(t, daemon, true);
    const { status, err } = await supervised.supervisor.cli('start', daemon.name);
    t.equal(status, 0, `foster start ${daemon.name} succeeds ${err}`);
    await supervised.agreed();
    t.equal((await supervised.status()).respawns, 0, 'one start was enough');
    return supervised;
  }

  status(): Promise<JobStatus> {
    return this.supervisor.status(this.daemon.name);
  }

  /** The living process that the PID file names, or the only one of its name. */
  truth(): number | undefined {
    const { daemon, place } = this;
    if ('soleProcess' in daemon) {
      const named = place.processes().filter(({ command }) => command === daemon.soleProcess);
      return named.length === 1 ? named[0]?.pid : undefined;
    }
    const pid = Number.parseInt(place.read(daemon.pidFile) ?? '', 10);
    return Number.isInteger(pid) && isAlive(pid) ? pid : undefined;
  }

  /** Resolves with the process that the daemon and foster both call main, once it serves. */
  async agreed(isNew: (pid: number) => boolean = () => true): Promise<number> {
    const { name, port } = this.daemon;
    await until(`a ${name} that serves`, () => {
      const pid = this.truth();
      return pid !== undefined && isNew(pid) && (port === undefined || this.place.isListening(port));
    });
    const { main } = await this.supervisor.untilStatus(
      name,
      (status) =>
        status.state === 'running' &&
        status.main !== null &&
        status.main === this.truth() &&
        isNew(status.main),
    );
    return main!;
  }

  /** kill -9 of main: another one comes, by one launch, and nothing of the old one's session is left. */
  async survivesKill(): Promise<number> {
    const { t } = this;
    const main = await this.agreed();
    const { respawns } = await this.status();
    const session = processLine(main)?.session;
    const before = this.place.processes().filter((process) => process.session === session);
    killIfThere(main, 'SIGKILL');
    const next = await this.agreed((pid) => pid !== main);
    t.equal((await this.status()).respawns, respawns + 1, 'it was started again once');
    t.same(
      before.filter(({ pid }) => pid !== main && isAlive(pid)),
      [],
      'nothing is left of the session of the old main',
    );
    return next;
  }

  /**
   * A stop ends everything but what is detached.
   * @param detached what has to outlive it
   */
  async stops(detached: readonly number[] = []): Promise<void> {
    const { t, supervisor, daemon } = this;
    t.match(await supervisor.cli('stop', daemon.name), { status: 0, out: `${daemon.name} stop/waiting\n` });
    const others = this.place.processes().filter(({ pid }) => !detached.includes(pid));
    t.same(others, [], 'nothing is left that was not detached');
    t.same(detached.filter(isAlive), detached, 'what was detached lives on');
    t.match(await this.status(), { goal: 'stop', state: 'waiting', main: null });
  }

  /** A start that fails: with a reason, at once, and without anything left. */
  async failsToStart(): Promise<Outcome> {
    const { t, supervisor, daemon } = this;
    const before = this.place.processes().map(({ pid }) => pid);
    const printed = await supervisor.cli('start', daemon.name);
    t.equal(printed.status, 1, 'foster start fails');
    t.match(await this.status(), { goal: 'stop', state: 'waiting', main: null });
    t.same(
      this.place.processes().filter(({ pid }) => !before.includes(pid)),
      [],
      'nothing of it is left',
    );
    return printed;
  }
}

/** Enacts a plan: who forks whom at what time, and who is truly main. */
import type { Nanoseconds } from '../../../src/tracker/events.js';
import { MILLISECOND, SECOND } from '../support/scene.js';
import type { Being, History } from './history.js';
import type { DaemonPlan, Deed, Episode, HelperPlan, Plan, StepPlan } from './plan.js';

export const LAUNCHED: Nanoseconds = 1000 * SECOND;
export const LAUNCHER_PID = 1000;
/** What befalls a daemon that is up comes at least this long after what came before. */
const LULL: Nanoseconds = 100 * MILLISECOND;
/** No two deeds of a process happen at one time. */
const STEP: Nanoseconds = 2000;

export function enact(plan: Plan): History {
  return new Enactment(plan).run();
}

class Enactment {
  readonly #beings: Being[] = [];
  readonly #line: Being[] = [];
  #nextPid = LAUNCHER_PID;
  #asked: Nanoseconds | undefined;

  constructor(private readonly plan: Plan) {}

  run(): History {
    const launcher = this.#bear(undefined, LAUNCHED);
    launcher.execs.push({ at: LAUNCHED + 500e3, argv: ['/sbin/launcher'] });
    const from = LAUNCHED + 600e3;
    const ready = this.#chain(launcher, this.plan.steps, this.plan.daemon, from);
    if (ready !== undefined) this.#live(ready.main, ready.at);
    return { beings: this.#beings, line: this.#line, asked: this.#asked };
  }

  /** A launch: each step forks the next. Undefined when one of them fails. */
  #chain(
    first: Being,
    steps: readonly StepPlan[],
    daemon: DaemonPlan,
    from: Nanoseconds,
  ): { main: Being; at: Nanoseconds } | undefined {
    let being = first;
    let at = from;
    let over = from;
    let failed = false;
    for (const step of steps) {
      if (!failed) this.#line.push(being);
      let time = this.#deeds(being, step.before, at) + step.fork + STEP;
      const next = this.#bear(being, time);
      at = time + STEP;
      time = this.#deeds(being, step.after, time) + step.linger + STEP;
      this.#endWithThreads(being, time, step.status, step.leaderFirst);
      // what comes after a failed step goes on for a while, and is not the daemon
      failed ||= step.status !== 0;
      over = Math.max(over, time);
      being = next;
    }
    if (failed) return undefined;
    this.#line.push(being);
    at = this.#deeds(being, daemon.deeds, at);
    at = this.#forkWorkers(being, daemon.workers, at);
    if (daemon.leaderFirst && being.threads.some(({ until }) => until === undefined))
      being.leaderLeft = at += STEP;
    return { main: being, at: Math.max(at, over) };
  }

  /** The daemon's life: episodes, then its fate. */
  #live(first: Being, from: Nanoseconds): void {
    let main = first;
    let at = from;
    for (const episode of this.plan.episodes) {
      const next = this.#episode(main, episode, at + episode.idle + LULL);
      if (next === undefined) return;
      ({ main, at } = next);
    }
    const { fate, idle } = this.plan;
    at += idle + LULL;
    if (fate.kind === 'runs') return;
    if (fate.kind === 'stopped') this.#asked = at;
    at += MILLISECOND;
    this.#end(main, at, fate.kind === 'leaves' ? 0 : fate.status);
    this.#endChildren(main, at + this.plan.survive);
  }

  #episode(main: Being, episode: Episode, at: Nanoseconds): { main: Being; at: Nanoseconds } | undefined {
    switch (episode.kind) {
      case 'reload':
        this.#endChildren(main, at);
        return { main, at: this.#forkWorkers(main, 2, at) };
      case 'login': {
        const login = this.#bear(main, at);
        login.setsid = at + STEP;
        login.execs.push({ at: at + 2 * STEP, argv: ['/sbin/launcher', '-R'] });
        this.#bear(login, at + 3 * STEP);
        if (episode.span !== undefined) this.#end(login, at + 4 * STEP + episode.span, 0);
        return { main, at: at + 4 * STEP };
      }
      case 'reexec':
        this.#exec(main, at);
        return { main, at: this.#forkWorkers(main, 1, at + STEP) };
      case 'redaemonise': {
        this.#exec(main, at);
        this.#line.pop();
        return this.#chain(main, [episode.step], episode.daemon, at + STEP);
      }
      case 'upgrade': {
        const heir = this.#bear(main, at);
        this.#exec(heir, at + STEP, programOf(main));
        return this.#replace(main, heir, episode, at + STEP);
      }
      case 'detached-upgrade': {
        const first = this.#bear(main, at);
        this.#exec(first, at + STEP, programOf(main));
        const heir = episode.forks ? this.#bear(first, at + 2 * STEP) : first;
        heir.setsid = at + 3 * STEP;
        if (episode.forks) this.#end(first, at + 4 * STEP, 0);
        return this.#replace(main, heir, episode, at + 4 * STEP);
      }
    }
  }

  /** The new one starts its workers, and one of the two remains. */
  #replace(
    main: Being,
    heir: Being,
    { works, both }: { readonly works: boolean; readonly both: Nanoseconds },
    at: Nanoseconds,
  ): { main: Being; at: Nanoseconds } {
    const workers = this.#forkWorkers(heir, 1, at);
    const over = workers + both + 2 * STEP;
    if (!works) {
      this.#end(heir, over, 1 << 8);
      this.#endChildren(heir, over + STEP);
      return { main, at: over + 2 * STEP };
    }
    this.#line.push(heir);
    this.#endChildren(main, over - STEP);
    this.#end(main, over, 0);
    return { main: heir, at: over + STEP };
  }

  #deeds(being: Being, deeds: readonly Deed[], from: Nanoseconds): Nanoseconds {
    let at = from;
    for (const deed of deeds) {
      at += deed.after + STEP;
      switch (deed.kind) {
        case 'exec':
          this.#exec(being, at);
          break;
        case 'setsid':
          // a launcher is the leader of its session already
          if (being.creator !== undefined) being.setsid ??= at;
          break;
        case 'thread': {
          const until = deed.stays ? undefined : at + STEP / 2;
          being.threads.push({ id: this.#nextPid++, from: at, until });
          break;
        }
        case 'helper':
          at = this.#helper(being, deed.helper, at);
          break;
      }
    }
    return at;
  }

  /** @returns when the creator goes on: it waits for a short one */
  #helper(creator: Being, plan: HelperPlan, at: Nanoseconds): Nanoseconds {
    const helper = this.#bear(creator, at);
    if (plan.setsid) helper.setsid = at + STEP;
    if (plan.execs) this.#exec(helper, at + 2 * STEP, ['/bin/helper']);
    const over = at + 3 * STEP + plan.span;
    if (plan.lives !== 'long') this.#end(helper, over, plan.status);
    return plan.lives === 'short' ? over + STEP : at;
  }

  #forkWorkers(main: Being, count: number, from: Nanoseconds): Nanoseconds {
    let at = from;
    for (let index = 0; index < count; index++) this.#bear(main, (at += STEP));
    return at + STEP;
  }

  #bear(creator: Being | undefined, born: Nanoseconds): Being {
    const being: Being = {
      pid: this.#nextPid++,
      creator,
      born,
      children: [],
      setsid: undefined,
      execs: [],
      threads: [],
      end: undefined,
      leaderLeft: undefined,
    };
    creator?.children.push(being);
    this.#beings.push(being);
    return being;
  }

  #exec(being: Being, at: Nanoseconds, argv: readonly string[] = ['/sbin/program', `${being.pid}`]): void {
    being.execs.push({ at, argv });
    being.leaderLeft = undefined;
    // an exec ends all threads
    being.threads.splice(
      0,
      Infinity,
      ...being.threads.map((thread) => ({ ...thread, until: thread.until ?? at - 100 })),
    );
  }

  #endWithThreads(being: Being, at: Nanoseconds, status: number, leaderFirst: boolean): void {
    this.#end(being, at, status);
    if (leaderFirst && being.threads.some(({ until }) => until === undefined))
      being.leaderLeft = at - STEP / 2;
  }

  #end(being: Being, at: Nanoseconds, status: number): void {
    being.end ??= { at, status };
  }

  /** Workers go with their main, or are left; logins stay. */
  #endChildren(main: Being, at: Nanoseconds): void {
    for (const child of main.children) {
      const leaves = child.setsid === undefined && !this.#line.includes(child) && child.born < at;
      if (leaves) this.#end(child, at, 0);
    }
  }
}

/** The program that a process runs, its own or an inherited one. */
function programOf(being: Being): readonly string[] {
  for (let above: Being | undefined = being; above !== undefined; above = above.creator) {
    const exec = above.execs.at(-1);
    if (exec !== undefined) return exec.argv;
  }
  throw new Error('a launcher has a program');
}

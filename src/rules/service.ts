/** Runs the rules engine: connects its event source, its files, its signals and its socket. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Kernel, Watch } from '../kernel/kernel.js';
import type { ConnectorRecord } from '../kernel/netlink/connector-messages.js';
import { ConnectorSocket } from '../kernel/netlink/connector-socket.js';
import { asksBeyondFiles, runGetent, type Getent } from '../kernel/users/getent.js';
import { readProcFile } from '../kernel/proc/proc-file.js';
import { readUserDatabase } from '../kernel/users/users.js';
import { counted, messageOf } from '../text/phrases.js';
import { Accounts } from './accounts.js';
import { fingerprint, loadConfiguration, USER_FILES, type ConfigurationSources } from './configuration.js';
import { RulesEngine, type EngineEvent, type Move } from './engine.js';
import { FilesWatch } from './files.js';
import { DryMover, hierarchiesHere, KERNEL_MOVER } from './groups.js';
import { StickyProcesses } from './sticky.js';
import { SocketInUseError, StickySocket } from './sticky-socket.js';
import { readSubject, type Subject } from './subject.js';
import type { Made } from './templates/making.js';

export interface RulesServiceOptions {
  readonly kernel: Kernel;
  readonly sources: ConfigurationSources;
  /** looks up users and groups that are not in the files; undefined if there is no name service */
  readonly getent: Getent | undefined;
  /** only reports what would be done */
  readonly dryRun: boolean;
  /** where cgexec and cgclassify send requests; undefined for none */
  readonly stickySocket: string | undefined;
  readonly moved: (move: Move) => void;
  readonly made: (made: Made) => void;
  readonly log: (text: string) => void;
}

/** Exits are not needed: a process that is gone is simply not found. */
const KINDS = ['fork', 'exec', 'uid', 'gid'] as const;

/**
 * Milliseconds until unknown names are looked up again: the network may have been down. Doubled up to the
 * maximum.
 */
const ASK_AGAIN = { first: 30_000, most: 900_000 } as const;

export class RulesService {
  readonly engine: RulesEngine;
  readonly #sticky: StickyProcesses;
  readonly #accounts: Accounts;
  #events: { readonly socket: ConnectorSocket; readonly watch: Watch } | undefined;
  #stickySocket: StickySocket | undefined;
  #files: FilesWatch | undefined;
  #text = '';
  #askAgain: NodeJS.Timeout | undefined;
  #pause: number = ASK_AGAIN.first;
  #closed = false;

  constructor(private readonly options: RulesServiceOptions) {
    const { kernel, dryRun, moved, made, log, getent } = options;
    this.#sticky = new StickyProcesses((pid) => kernel.proc.stat(pid)?.startTime);
    this.#accounts = new Accounts({
      readFiles: readUserDatabase,
      getent,
      now: () => performance.now(),
      ready: (pids) => {
        for (const pid of pids) this.engine.place(pid);
      },
      log,
    });
    this.engine = new RulesEngine({
      hierarchies: hierarchiesHere(),
      subjectOf: (pid) => this.#subjectOf(pid),
      isHeldBack: (pid) => this.#accounts.isWaiting(pid),
      mover: dryRun ? new DryMover() : KERNEL_MOVER,
      sticky: this.#sticky,
      now: () => kernel.now(),
      moved,
      made,
      problem: log,
    });
  }

  /**
   * Reads rules, templates, users and groups again. Nothing is missed: the old ones stay in force meanwhile.
   */
  async load(): Promise<void> {
    const { sources, log } = this.options;
    const { set, problems, missing } = await loadConfiguration(sources, this.#accounts, hierarchiesHere());
    if (this.#closed) return;
    for (const problem of problems) log(problem);
    const { rules, templates } = set;
    log(`${counted(rules.length, 'rule')} and ${counted(templates.length, 'template')} in force`);
    this.engine.use(set);
    if (missing.length > 0) this.#waitToAskAgain();
    else this.#pause = ASK_AGAIN.first;
  }

  /** Returns what rules match in a process, with everything known of its user; undefined if it is gone. */
  async subjectOf(pid: number): Promise<Subject | undefined> {
    const subject = readSubject(pid, this.options.kernel.proc);
    if (subject !== undefined) await this.#accounts.learn(subject.uid, subject.gid);
    return subject;
  }

  /** Reloads the rules and checks every process again. */
  async reload(): Promise<void> {
    await this.load();
    await this.scan();
  }

  /**
   * Starts listening, then scans existing processes: none is missed in between.
   * @throws SystemError, NotAcknowledgedError if the connector cannot be used
   */
  async start(): Promise<void> {
    const { kernel, stickySocket, dryRun, sources } = this.options;
    await this.load();
    const socket = ConnectorSocket.open(KINDS);
    const watch = kernel.descriptors.onReadable(socket.fd, () => this.#serve());
    this.#events = { socket, watch };
    const files = [...sources.rules.paths, ...sources.templates.paths, ...USER_FILES];
    this.#files = new FilesWatch(files, () => this.#filesChanged(), this.options.log);
    this.#text = fingerprint(sources);
    if (stickySocket !== undefined && !dryRun) await this.#listen(stickySocket);
    await this.scan();
  }

  /** Checks every existing process. */
  async scan(): Promise<void> {
    for (const _ of this.engine.scan(this.options.kernel.proc.eachPid())) {
      if (this.#closed) return;
      await turn();
    }
  }

  /** Resolves when all processes with pending lookups have been placed. */
  answered(): Promise<void> {
    return this.#accounts.answered();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#askAgain);
    this.#events?.watch.dispose();
    this.#events?.socket.close();
    this.#events = undefined;
    this.#files?.close();
    this.#stickySocket?.close();
  }

  /**
   * Returns undefined if it is gone, or if its user is being looked up: then it is placed after the answer.
   */
  #subjectOf(pid: number): Subject | undefined {
    const subject = readSubject(pid, this.options.kernel.proc);
    return subject !== undefined && this.#accounts.isReady(pid, subject.uid, subject.gid)
      ? subject
      : undefined;
  }

  #serve(): void {
    if (this.#events === undefined) return;
    const { overflowed } = this.#events.socket.read((record) => {
      // a thread is moved with its process
      if (record.kind === 'fork' && record.child !== record.childTid) return;
      if (isOurs(record)) this.engine.take(record);
    });
    this.engine.flush();
    if (overflowed) this.#overflowed();
  }

  #overflowed(): void {
    this.options.log('events were lost: checking every process again');
    void this.scan();
  }

  /** Reloads if the contents of a file changed; ignores changed time stamps and unrelated files. */
  #filesChanged(): void {
    const text = fingerprint(this.options.sources);
    if (text === this.#text) return;
    this.#text = text;
    this.options.log('the rules have changed');
    void this.reload();
  }

  #waitToAskAgain(): void {
    if (this.options.getent === undefined) return;
    clearTimeout(this.#askAgain);
    this.#askAgain = setTimeout(() => {
      void this.reload();
    }, this.#pause).unref();
    this.#pause = Math.min(this.#pause * 2, ASK_AGAIN.most);
  }

  async #listen(path: string): Promise<void> {
    try {
      this.#stickySocket = await StickySocket.listen(path, (pid, flags) => this.#sticky.take(pid, flags));
    } catch (error) {
      // rules work without it; only cgexec --sticky does not
      const reason = error instanceof SocketInUseError ? error.message : `${path}: ${messageOf(error)}`;
      this.options.log(`cgexec --sticky has no effect: ${reason}`);
    }
  }
}

/** Selects the requested kinds: an older kernel sends all. */
function isOurs(record: ConnectorRecord): record is Extract<ConnectorRecord, EngineEvent> {
  return KINDS.some((kind) => kind === record.kind);
}

/** Returns the lookup in name services other than the files; undefined if there are none. */
export function getentHere(): Getent | undefined {
  const text = readProcFile('/etc/nsswitch.conf')?.toString('utf8') ?? '';
  return asksBeyondFiles(text) ? runGetent : undefined;
}

/** The rules engine as a program: its event source, its files, its signals and its socket, joined. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Kernel, Watch } from '../kernel/kernel.js';
import type { ConnectorRecord } from '../kernel/netlink/connector-messages.js';
import { ConnectorSocket } from '../kernel/netlink/connector-socket.js';
import { asksBeyondFiles, runGetent, type Getent } from '../kernel/users/getent.js';
import { readProcFile } from '../kernel/proc/proc-file.js';
import { readUserDatabase } from '../kernel/users/users.js';
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
  /** asks for users and groups that are not in the files; undefined for nobody to ask */
  readonly getent: Getent | undefined;
  /** says what would be done, and does nothing */
  readonly dryRun: boolean;
  /** where cgexec and cgclassify ask; undefined for nowhere */
  readonly stickySocket: string | undefined;
  readonly moved: (move: Move) => void;
  readonly made: (made: Made) => void;
  readonly log: (text: string) => void;
}

/** Ends are of no interest: a process that is gone is not found. */
const KINDS = ['fork', 'exec', 'uid', 'gid'] as const;

/** Milliseconds until names are asked for again that nobody knew: the network may have been away. Doubled up to the second. */
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
    const { kernel, dryRun, moved, made, log: say, getent } = options;
    this.#sticky = new StickyProcesses((pid) => kernel.proc.stat(pid)?.startTime);
    this.#accounts = new Accounts({
      readFiles: readUserDatabase,
      getent,
      now: () => performance.now(),
      ready: (pids) => {
        for (const pid of pids) this.engine.place(pid);
      },
      log: say,
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
      problem: say,
    });
  }

  /** Reads rules and templates, users and groups, again. Nothing is missed: the former ones hold meanwhile. */
  async load(): Promise<void> {
    const { sources, log: say } = this.options;
    const { set, problems, missing } = await loadConfiguration(sources, this.#accounts, hierarchiesHere());
    if (this.#closed) return;
    for (const problem of problems) say(problem);
    const { rules, templates } = set;
    say(`${counted(rules, 'rule')} and ${counted(templates, 'template')} in force`);
    this.engine.use(set);
    if (missing.length > 0) this.#waitToAskAgain();
    else this.#pause = ASK_AGAIN.first;
  }

  /** What rules look at in a process, with everything known of its user; undefined when it is gone. */
  async subjectOf(pid: number): Promise<Subject | undefined> {
    const subject = readSubject(pid, this.options.kernel.proc);
    if (subject !== undefined) await this.#accounts.learn(subject.uid, subject.gid);
    return subject;
  }

  /** The rules have changed: every process is looked at again. */
  async reload(): Promise<void> {
    await this.load();
    await this.scan();
  }

  /**
   * Listens first, and then goes through what was there before: nothing falls in between.
   * @throws SystemError, NotAcknowledgedError when the connector cannot be used
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

  /** Looks at every process there is. */
  async scan(): Promise<void> {
    for (const _ of this.engine.scan(this.options.kernel.proc.eachPid())) {
      if (this.#closed) return;
      await turn();
    }
  }

  /** Resolves once all are placed whose users had to be asked for. */
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

  /** undefined when it is gone, or when its user is being asked for: it is placed with the answer, then */
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
    this.options.log('events were lost: every process is looked at again');
    this.scan().catch((error: unknown) => {
      throw error;
    });
  }

  /** A change of time stamps, or of a file beside those, is none of the rules. */
  #filesChanged(): void {
    const text = fingerprint(this.options.sources);
    if (text === this.#text) return;
    this.#text = text;
    this.options.log('the rules have changed');
    this.reload().catch((error: unknown) => {
      throw error;
    });
  }

  #waitToAskAgain(): void {
    if (this.options.getent === undefined) return;
    clearTimeout(this.#askAgain);
    this.#askAgain = setTimeout(() => {
      this.reload().catch((error: unknown) => {
        throw error;
      });
    }, this.#pause).unref();
    this.#pause = Math.min(this.#pause * 2, ASK_AGAIN.most);
  }

  async #listen(path: string): Promise<void> {
    try {
      this.#stickySocket = await StickySocket.listen(path, (pid, flags) => this.#sticky.take(pid, flags));
    } catch (error) {
      // rules hold without it; only cgexec --sticky does not
      const reason =
        error instanceof SocketInUseError ? error.message : `${path}: ${(error as Error).message}`;
      this.options.log(`cgexec --sticky is not heard: ${reason}`);
    }
  }
}

/** The connector was asked for no others, but an older kernel sends all. */
function isOurs(record: ConnectorRecord): record is Extract<ConnectorRecord, EngineEvent> {
  return KINDS.some((kind) => kind === record.kind);
}

/** Who knows users and groups beside the files here; undefined when nobody does. */
export function getentHere(): Getent | undefined {
  const text = readProcFile('/etc/nsswitch.conf')?.toString('utf8') ?? '';
  return asksBeyondFiles(text) ? runGetent : undefined;
}

function counted(things: readonly unknown[], name: string): string {
  return `${things.length} ${name}${things.length === 1 ? '' : 's'}`;
}

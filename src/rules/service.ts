/** The rules engine as a program: its event source, its files, its signals and its socket, joined. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Kernel, Watch } from '../kernel/kernel.js';
import type { ConnectorRecord } from '../kernel/netlink/connector-messages.js';
import { ConnectorSocket } from '../kernel/netlink/connector-socket.js';
import { readUserDatabase, type UserDatabase } from '../kernel/users.js';
import { RulesEngine, type EngineEvent, type Move } from './engine.js';
import { FilesWatch, readRules } from './files.js';
import { DRY_MOVER, hierarchiesHere, KERNEL_MOVER } from './groups.js';
import { StickyProcesses } from './sticky.js';
import { SocketInUseError, StickySocket } from './sticky-socket.js';
import { readSubject } from './subject.js';
import type { Names } from './template.js';

export interface RulesServiceOptions {
  readonly kernel: Kernel;
  /** files and directories of rules */
  readonly config: readonly string[];
  /** they need not be there */
  readonly optional: boolean;
  /** says what would be done, and does nothing */
  readonly dryRun: boolean;
  /** where cgexec and cgclassify ask; undefined for nowhere */
  readonly stickySocket: string | undefined;
  readonly moved: (move: Move) => void;
  readonly say: (text: string) => void;
}

/** Ends are of no interest: a process that is gone is not found. */
const KINDS = ['fork', 'exec', 'uid', 'gid'] as const;

/** Files whose change makes rules mean something else. */
const USER_FILES = ['/etc/passwd', '/etc/group'];

export class RulesService {
  readonly engine: RulesEngine;
  readonly #sticky: StickyProcesses;
  #events: { readonly socket: ConnectorSocket; readonly watch: Watch } | undefined;
  #stickySocket: StickySocket | undefined;
  #files: FilesWatch | undefined;
  #text = '';
  #closed = false;

  constructor(private readonly options: RulesServiceOptions) {
    const { kernel, dryRun, moved, say } = options;
    this.#sticky = new StickyProcesses((pid) => kernel.proc.stat(pid)?.startTime);
    this.engine = new RulesEngine({
      hierarchies: hierarchiesHere(),
      subjectOf: (pid) => readSubject(pid, kernel.proc),
      mover: dryRun ? DRY_MOVER : KERNEL_MOVER,
      sticky: this.#sticky,
      now: () => kernel.now(),
      moved,
      problem: say,
    });
  }

  /** Reads the rules, and users and groups, again. Nothing is missed: events wait in the socket meanwhile. */
  load(): void {
    const { config, optional, say } = this.options;
    const database = readUserDatabase();
    const { rules, errors } = readRules(config, database, optional);
    for (const { file, line, message } of errors)
      say(line === 0 ? `${file}: ${message}` : `${file}:${line}: ${message}`);
    say(`${rules.length} rule${rules.length === 1 ? '' : 's'} in force`);
    this.engine.use({ rules, names: namesOf(database) });
  }

  /** The rules have changed: every process is looked at again. */
  async reload(): Promise<void> {
    this.load();
    await this.scan();
  }

  /**
   * Listens first, and then goes through what was there before: nothing falls in between.
   * @throws SystemError, NotAcknowledgedError when the connector cannot be used
   */
  async start(): Promise<void> {
    const { kernel, stickySocket, dryRun } = this.options;
    this.load();
    const socket = ConnectorSocket.open(KINDS);
    const watch = kernel.descriptors.onReadable(socket.fd, () => this.#serve());
    this.#events = { socket, watch };
    const files = [...this.options.config, ...USER_FILES];
    this.#files = new FilesWatch(files, () => this.#filesChanged(), this.options.say);
    this.#text = this.#fingerprint();
    if (stickySocket !== undefined && !dryRun) await this.#listen(stickySocket);
    await this.scan();
  }

  /** Looks at every process there is. */
  async scan(): Promise<void> {
    for (const _ of this.engine.scan(this.options.kernel.proc.pids())) {
      if (this.#closed) return;
      await turn();
    }
  }

  close(): void {
    this.#closed = true;
    this.#events?.watch.dispose();
    this.#events?.socket.close();
    this.#events = undefined;
    this.#files?.close();
    this.#stickySocket?.close();
  }

  #serve(): void {
    if (this.#events === undefined) return;
    const { overflowed } = this.#events.socket.read((record) => {
      // a thread is moved with its process
      if (record.kind === 'fork' && record.child !== record.childTid) return;
      if (isOurs(record)) this.engine.take(record);
    });
    this.engine.settle();
    if (overflowed) this.#overflowed();
  }

  #overflowed(): void {
    this.options.say('events were lost: every process is looked at again');
    this.scan().catch((error: unknown) => {
      throw error;
    });
  }

  /** A change of time stamps, or of a file beside those, is none of the rules. */
  #filesChanged(): void {
    const text = this.#fingerprint();
    if (text === this.#text) return;
    this.#text = text;
    this.options.say('the rules have changed');
    this.reload().catch((error: unknown) => {
      throw error;
    });
  }

  #fingerprint(): string {
    const { rules, errors } = readRules(this.options.config, readUserDatabase(), true);
    return JSON.stringify([rules, errors, readUserDatabase()], (_, value: unknown) =>
      value instanceof Set ? [...(value as Set<string>)] : value,
    );
  }

  async #listen(path: string): Promise<void> {
    try {
      this.#stickySocket = await StickySocket.listen(path, (pid, flags) => this.#sticky.take(pid, flags));
    } catch (error) {
      // rules hold without it; only cgexec --sticky does not
      const reason =
        error instanceof SocketInUseError ? error.message : `${path}: ${(error as Error).message}`;
      this.options.say(`cgexec --sticky is not heard: ${reason}`);
    }
  }
}

/** The connector was asked for no others, but an older kernel sends all. */
function isOurs(record: ConnectorRecord): record is Extract<ConnectorRecord, EngineEvent> {
  return KINDS.some((kind) => kind === record.kind);
}

/** Names by number, each looked up once. */
export function namesOf({ users, groups }: UserDatabase): Names {
  const byUid = new Map([...users].reverse().map(({ uid, name }) => [uid, name]));
  const byGid = new Map([...groups].reverse().map(({ gid, name }) => [gid, name]));
  return { user: (uid) => byUid.get(uid), group: (gid) => byGid.get(gid) };
}

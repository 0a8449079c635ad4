/**
 * Users and groups for rules: by name while rules are read, by number while processes are placed. /etc/passwd
 * and /etc/group are read at once. Other sources (LDAP, sssd ...) answer with a delay, and only the processes
 * concerned wait for them.
 */
import { parseInitgroups, type Getent, type GetentDatabase } from '../kernel/users/getent.js';
import { parseGroups, parseUsers, type Group, type User, type UserDatabase } from '../kernel/users/users.js';
import type { Names } from './destination.js';
import type { MissingName } from './rule.js';

interface AccountsOptions {
  readonly readFiles: () => UserDatabase;
  /** undefined if there are only the files */
  readonly getent: Getent | undefined;
  /** milliseconds of a monotonic clock */
  readonly now: () => number;
  /** called with processes that can be placed now */
  readonly ready: (pids: readonly number[]) => void;
  readonly log: (text: string) => void;
}

/** What the present rules depend on. */
interface AccountNeeds {
  /** names of users and groups: `%u`, `%g`, `@GROUP` */
  readonly names: boolean;
  /** who is in which group: `@GROUP` */
  readonly groups: boolean;
}

/** What a name service has returned for a uid or gid. */
interface Known {
  readonly name: string | undefined;
  /** of a user: the groups at login */
  readonly groups: ReadonlySet<number>;
  /** when it is looked up again */
  readonly until: number;
}

/** Milliseconds for which an answer is valid. A user may be missing only while the network is down. */
const FOUND = 600_000;
const NOT_FOUND = 60_000;

/** Maximum keys per lookup: a slow server must keep within the time limit of one call. */
const BATCH = 100;

export class Accounts {
  #files: UserDatabase = { users: [], groups: [] };
  #userNames = new Map<number, string>();
  #groupNames = new Map<number, string>();
  /** found by name */
  readonly #users = new Map<string, User>();
  readonly #groups = new Map<string, Group>();
  /** found by number */
  readonly #uids = new Map<number, Known>();
  readonly #gids = new Map<number, Known>();
  readonly #waiting = new Map<number, { readonly uid: number; readonly gid: number }>();
  /** processes whose users are being looked up */
  #askedFor: ReadonlySet<number> = new Set();
  /** set while a lookup is running */
  #asking: Promise<void> | undefined;
  #needs: AccountNeeds = { names: false, groups: false };

  constructor(private readonly options: AccountsOptions) {}

  /** Reads the files again, and forgets what name services returned. */
  refresh(): void {
    this.#files = this.options.readFiles();
    // of several entries for a number the first counts, as in getpwuid(3)
    this.#userNames = new Map([...this.#files.users].reverse().map(({ uid, name }) => [uid, name]));
    this.#groupNames = new Map([...this.#files.groups].reverse().map(({ gid, name }) => [gid, name]));
    for (const found of [this.#users, this.#groups, this.#uids, this.#gids]) found.clear();
  }

  /** Limits lookups to what rules depend on. */
  expect(needs: AccountNeeds): void {
    this.#needs = needs;
  }

  /** Returns the accounts of the files, plus those found elsewhere by name. */
  get database(): UserDatabase {
    return {
      users: [...this.#files.users, ...this.#users.values()],
      groups: [...this.#files.groups, ...this.#groups.values()],
    };
  }

  readonly names: Names = {
    user: (uid) => this.#userNames.get(uid) ?? this.#uids.get(uid)?.name,
    group: (gid) => this.#groupNames.get(gid) ?? this.#gids.get(gid)?.name,
  };

  /** Returns groups of a user beyond those that list it in /etc/group. */
  groupsOf(uid: number): ReadonlySet<number> | undefined {
    return this.#uids.get(uid)?.groups;
  }

  /** Looks up names that rules use and the files do not have. @returns whether any was found */
  async find(missing: readonly MissingName[]): Promise<boolean> {
    const before = this.#users.size + this.#groups.size;
    const namesOf = (kind: MissingName['kind']): readonly string[] => [
      ...new Set(missing.filter((one) => one.kind === kind).map(({ name }) => name)),
    ];
    for (const user of parseUsers(await this.#ask('passwd', namesOf('user'))))
      this.#users.set(user.name, user);
    for (const group of parseGroups(await this.#ask('group', namesOf('group'))))
      this.#groups.set(group.name, group);
    return this.#users.size + this.#groups.size > before;
  }

  /**
   * Tests whether a process's user and group are fully known. If not, looks them up, and calls `ready` with
   * the process later.
   */
  isReady(pid: number, uid: number, gid: number): boolean {
    const isReady = !this.#needs.names || (this.#hasUser(uid) && this.#hasGroup(gid));
    if (this.options.getent === undefined || isReady) return true;
    this.#waiting.set(pid, { uid, gid });
    this.#asking ??= this.#answerAll();
    return false;
  }

  /** Tests whether `ready` will be called with this process. */
  isWaiting(pid: number): boolean {
    return this.#waiting.has(pid) || this.#askedFor.has(pid);
  }

  /** Resolves when no lookup is pending. */
  async answered(): Promise<void> {
    while (this.#asking !== undefined) await this.#asking;
  }

  /** Resolves when the user and group are fully known. */
  async learn(uid: number, gid: number): Promise<void> {
    if (this.options.getent !== undefined && this.#needs.names) await this.#learn([{ uid, gid }]);
  }

  #hasUser(uid: number): boolean {
    return this.#isFresh(this.#uids, uid) || (!this.#needs.groups && this.#userNames.has(uid));
  }

  #hasGroup(gid: number): boolean {
    return this.#groupNames.has(gid) || this.#isFresh(this.#gids, gid);
  }

  #isFresh(known: ReadonlyMap<number, Known>, id: number): boolean {
    return (known.get(id)?.until ?? 0) > this.options.now();
  }

  async #answerAll(): Promise<void> {
    try {
      while (this.#waiting.size > 0) {
        // requests of the same turn of the event loop are combined
        await Promise.resolve();
        const waiting = new Map(this.#waiting);
        this.#waiting.clear();
        this.#askedFor = new Set(waiting.keys());
        await this.#learn([...waiting.values()]);
        this.#askedFor = new Set();
        this.options.ready([...waiting.keys()]);
      }
    } finally {
      this.#asking = undefined;
    }
  }

  async #learn(ids: readonly { readonly uid: number; readonly gid: number }[]): Promise<void> {
    const uids = [...new Set(ids.map(({ uid }) => uid))].filter((uid) => !this.#hasUser(uid));
    const gids = [...new Set(ids.map(({ gid }) => gid))].filter((gid) => !this.#hasGroup(gid));
    const strangers = uids.filter((uid) => !this.#userNames.has(uid)).map(String);
    const users = new Map(
      parseUsers(await this.#ask('passwd', strangers)).map(({ uid, name }) => [uid, name]),
    );
    const nameOf = (uid: number): string | undefined => this.#userNames.get(uid) ?? users.get(uid);
    const members = this.#needs.groups ? uids.flatMap((uid) => nameOf(uid) ?? []) : [];
    const logins = parseInitgroups(await this.#ask('initgroups', members));
    for (const uid of uids) this.#keep(this.#uids, uid, nameOf(uid), logins.get(nameOf(uid) ?? ''));
    const groups = new Map(
      parseGroups(await this.#ask('group', gids.map(String))).map(({ gid, name }) => [gid, name]),
    );
    for (const gid of gids) this.#keep(this.#gids, gid, groups.get(gid));
  }

  #keep(
    known: Map<number, Known>,
    id: number,
    name: string | undefined,
    groups: readonly number[] = [],
  ): void {
    const until = this.options.now() + (name === undefined ? NOT_FOUND : FOUND);
    known.set(id, { name, groups: new Set(groups), until });
  }

  /** @returns the output of getent, for everything found */
  async #ask(database: GetentDatabase, keys: readonly string[]): Promise<string> {
    const { getent, log } = this.options;
    if (getent === undefined) return '';
    let text = '';
    for (let at = 0; at < keys.length; at += BATCH) {
      const answer = await getent(database, keys.slice(at, at + BATCH));
      if (!answer.ok) {
        log(`${answer.reason}: users and groups that are not in /etc are not known`);
        return text;
      }
      text += answer.text;
    }
    return text;
  }
}

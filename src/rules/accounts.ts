/**
 * Users and groups, as rules need them: by name while rules are read, by number while processes are placed. They come from
 * /etc/passwd and /etc/group at once, and from elsewhere (LDAP, sssd ...) with a delay, in which nothing waits but the
 * processes that it is about.
 */
import { parseInitgroups, type Getent, type GetentDatabase } from '../kernel/users/getent.js';
import { parseGroups, parseUsers, type Group, type User, type UserDatabase } from '../kernel/users/users.js';
import type { Names } from './destination.js';
import type { MissingName } from './rule.js';

export interface AccountsOptions {
  readonly readFiles: () => UserDatabase;
  /** undefined where the files are all there is */
  readonly getent: Getent | undefined;
  /** milliseconds, of a clock that only goes forward */
  readonly now: () => number;
  /** these processes can be placed now */
  readonly ready: (pids: readonly number[]) => void;
  readonly log: (text: string) => void;
}

/** What the rules in force depend on. */
export interface AccountNeeds {
  /** names of users and groups: `%u`, `%g`, `@GROUP` */
  readonly names: boolean;
  /** who is in which group: `@GROUP` */
  readonly groups: boolean;
}

/** What is known of a uid or gid from elsewhere. */
interface Known {
  readonly name: string | undefined;
  /** of a user: the groups of a login */
  readonly groups: ReadonlySet<number>;
  /** when it is asked for again */
  readonly until: number;
}

/** Milliseconds for which an answer holds. Who is not found may be so only while the network is away. */
const FOUND = 600_000;
const NOT_FOUND = 60_000;

/** So many keys are asked for at once: a slow server is to keep within the limit of time of one call. */
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
  /** whose users are being asked for */
  #askedFor: ReadonlySet<number> = new Set();
  /** while somebody is asked */
  #asking: Promise<void> | undefined;
  #needs: AccountNeeds = { names: false, groups: false };

  constructor(private readonly options: AccountsOptions) {}

  /** Reads the files again, and forgets what was found elsewhere. */
  refresh(): void {
    this.#files = this.options.readFiles();
    // of several entries for a number the first counts, as for getpwuid(3)
    this.#userNames = new Map([...this.#files.users].reverse().map(({ uid, name }) => [uid, name]));
    this.#groupNames = new Map([...this.#files.groups].reverse().map(({ gid, name }) => [gid, name]));
    for (const found of [this.#users, this.#groups, this.#uids, this.#gids]) found.clear();
  }

  /** Nothing is asked for that no rule depends on. */
  expect(needs: AccountNeeds): void {
    this.#needs = needs;
  }

  /** The files, and what was found elsewhere by name. */
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

  /** Groups of a user beyond those whose entry in /etc/group names it. */
  groupsOf(uid: number): ReadonlySet<number> | undefined {
    return this.#uids.get(uid)?.groups;
  }

  /** Asks for names that rules use and the files do not have. @returns whether any was found */
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
   * Whether all is known of a process's user and group that there is to know. If not, it is asked for, and `ready` is called
   * with the process later.
   */
  isReady(pid: number, uid: number, gid: number): boolean {
    const isReady = !this.#needs.names || (this.#hasUser(uid) && this.#hasGroup(gid));
    if (this.options.getent === undefined || isReady) return true;
    this.#waiting.set(pid, { uid, gid });
    if (this.#asking === undefined) {
      this.#asking = this.#answerAll();
      this.#asking.catch((error: unknown) => {
        throw error;
      });
    }
    return false;
  }

  /** Whether `ready` will be called with this process. */
  isWaiting(pid: number): boolean {
    return this.#waiting.has(pid) || this.#askedFor.has(pid);
  }

  /** Resolves once nobody waits for an answer. */
  async answered(): Promise<void> {
    while (this.#asking !== undefined) await this.#asking;
  }

  /** Resolves once all is known of them that there is to know. */
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
        // what comes in the same turn of the event loop is asked for at once
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

  /** @returns what getent prints, of all that is found */
  async #ask(database: GetentDatabase, keys: readonly string[]): Promise<string> {
    const { getent, log: say } = this.options;
    if (getent === undefined) return '';
    let text = '';
    for (let at = 0; at < keys.length; at += BATCH) {
      const answer = await getent(database, keys.slice(at, at + BATCH));
      if (!answer.ok) {
        say(`${answer.reason}: users and groups that are not in /etc are not known`);
        return text;
      }
      text += answer.text;
    }
    return text;
  }
}

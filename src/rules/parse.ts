/**
 * Parses cgrules.conf(5), the format of libcgroup's cgrulesengd(8). Pure.
 *
 *      USER[:PROCESS]  CONTROLLERS  DESTINATION  [ignore]
 *
 * USER is a name, `@GROUP`, `*`, or `%` for the rule above. cgrulesengd exits at the first line that it
 * cannot read; this parser reports each and keeps the others.
 */
import type { UserDatabase } from '../kernel/users/users.js';
import type { Destination, MissingName, Rule, RuleError, Who } from './rule.js';
import { wordsOf } from './words.js';

export interface ParsedRules {
  readonly rules: readonly Rule[];
  readonly errors: readonly RuleError[];
}

/** @param file its name, for messages */
export function parseRules(text: string, file: string, database: UserDatabase): ParsedRules {
  const parser = new RulesParser(file, database);
  text.split('\n').forEach((line, index) => parser.take(line, index + 1));
  return parser.result();
}

interface Draft {
  readonly line: number;
  readonly who: Who;
  readonly process: string | undefined;
  readonly ignore: boolean;
  readonly destinations: [Destination, ...Destination[]];
}

/** What a `%` line continues: a rule, an omitted one, or nothing. */
type Above = Draft | 'left out' | undefined;

class RulesParser {
  readonly #rules: Draft[] = [];
  readonly #errors: RuleError[] = [];
  #above: Above;

  constructor(
    private readonly file: string,
    private readonly database: UserDatabase,
  ) {}

  take(text: string, line: number): void {
    const split = wordsOf(text);
    if (!split.ok) return this.#leaveOut(line, split.message);
    const [key, controllers, path, option, ...others] = split.words;
    if (key === undefined) return;
    const isContinued = key === '%' || key.startsWith('%:');
    if (controllers === undefined || path === undefined)
      return this.#leaveOut(line, `expected USER[:PROCESS] CONTROLLERS DESTINATION, found "${text.trim()}"`);
    if (others.length > 0) return this.#leaveOut(line, `expected the end of the line, found "${others[0]!}"`);
    if (option !== undefined && option !== 'ignore')
      return this.#leaveOut(line, `unknown option "${option}", expected ignore`);
    const names = controllers.split(',').filter((name) => name !== '');
    if (names.length === 0) return this.#leaveOut(line, `expected controllers or *, found "${controllers}"`);
    const destination = { controllers: names, path, line };
    if (isContinued) this.#continue(line, destination);
    else this.#begin(line, key, destination, option === 'ignore');
  }

  result(): ParsedRules {
    const rules = this.#rules.map((draft) => ({ file: this.file, ...draft }));
    return { rules, errors: this.#errors };
  }

  #begin(line: number, key: string, destination: Destination, ignore: boolean): void {
    const colon = key.indexOf(':');
    const name = colon < 0 ? key : key.slice(0, colon);
    const process = colon < 0 ? '' : key.slice(colon + 1);
    const who = this.#who(name);
    if (who.kind === 'missing') {
      const { missing } = who;
      return this.#leaveOut(line, `there is no ${missing.kind} "${missing.name}"`, missing);
    }
    const rule: Draft = {
      line,
      who,
      process: process === '' ? undefined : process,
      ignore,
      destinations: [destination],
    };
    this.#rules.push(rule);
    this.#above = rule;
  }

  #continue(line: number, destination: Destination): void {
    if (this.#above === undefined)
      return this.#leaveOut(line, 'there is no rule above that % could continue');
    if (this.#above === 'left out') {
      this.#errors.push({ file: this.file, line, message: 'left out with the rule above that it continues' });
      return;
    }
    this.#above.destinations.push(destination);
  }

  #leaveOut(line: number, message: string, missing?: MissingName): void {
    this.#errors.push({ file: this.file, line, message, missing });
    this.#above = 'left out';
  }

  /** Resolves a user. As in cgrulesengd, numbers are not accepted. */
  #who(name: string): Who | { readonly kind: 'missing'; readonly missing: MissingName } {
    if (name === '*') return { kind: 'everyone' };
    if (name.startsWith('@')) {
      const group = this.database.groups.find((candidate) => candidate.name === name.slice(1));
      if (group === undefined) return { kind: 'missing', missing: { kind: 'group', name: name.slice(1) } };
      return { kind: 'group', name: group.name, gid: group.gid, members: new Set(group.members) };
    }
    const user = this.database.users.find((candidate) => candidate.name === name);
    if (user === undefined) return { kind: 'missing', missing: { kind: 'user', name } };
    return { kind: 'user', name, uid: user.uid };
  }
}

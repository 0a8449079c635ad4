/** Which rule counts for a process, and why the ones before do not. Pure. */
import { posix } from 'node:path';
import type { Rule, Who } from './rule.js';
import type { Subject } from './subject.js';

/** How a rule looks at a process. */
export type RuleVerdict =
  | 'matches'
  /** of somebody else */
  | 'another user'
  | 'another process'
  /** an `ignore` rule, and the process is not in its destination */
  | 'not in the ignored group';

export interface Considered {
  readonly rule: Rule;
  readonly verdict: RuleVerdict;
}

/** What a rule cannot tell from the subject alone. */
export interface MatchFacts {
  /** name of the user, for groups that name their members */
  readonly userName: string | undefined;
  /** groups of the user that do not name their members (sssd may be set up so) */
  readonly groups: ReadonlySet<number> | undefined;
  /** whether the process is in the first destination of an `ignore` rule */
  readonly isInside: (rule: Rule) => boolean;
}

/** The first rule that matches counts, as in cgrulesengd. */
export function findRule(rules: readonly Rule[], subject: Subject, facts: MatchFacts): Rule | undefined {
  return rules.find((rule) => verdictOf(rule, subject, facts) === 'matches');
}

/** All rules up to the one that counts, with what each made of the process. */
export function consider(rules: readonly Rule[], subject: Subject, facts: MatchFacts): readonly Considered[] {
  const considered: Considered[] = [];
  for (const rule of rules) {
    const verdict = verdictOf(rule, subject, facts);
    considered.push({ rule, verdict });
    if (verdict === 'matches') break;
  }
  return considered;
}

function verdictOf(rule: Rule, subject: Subject, facts: MatchFacts): RuleVerdict {
  if (!isOf(rule.who, subject, facts)) return 'another user';
  if (rule.process !== undefined && !isCalled(rule.process, subject.name)) return 'another process';
  return rule.ignore && !facts.isInside(rule) ? 'not in the ignored group' : 'matches';
}

function isOf(who: Who, { uid, gid }: Subject, { userName, groups }: MatchFacts): boolean {
  switch (who.kind) {
    case 'everyone':
      return true;
    case 'user':
      return who.uid === uid;
    case 'group':
      // supplementary groups of the process do not count, only those that its user has at a login
      return (
        who.gid === gid ||
        (userName !== undefined && who.members.has(userName)) ||
        groups?.has(who.gid) === true
      );
  }
}

/** A name is that of the program's file; only a whole path may end in `*`. */
export function isCalled(pattern: string, name: string): boolean {
  if (pattern === name || pattern === posix.basename(name)) return true;
  return pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1));
}

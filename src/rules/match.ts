/** Finds the rule that matches a process, and why the earlier ones do not. Pure. */
import { posix } from 'node:path';
import type { Rule, Who } from './rule.js';
import type { Subject } from './subject.js';

/** The verdict of a rule on a process. */
type RuleVerdict =
  | 'matches'
  /** the rule is for somebody else */
  | 'another user'
  | 'another process'
  /** an `ignore` rule, and the process is not in its destination */
  | 'not in the ignored group';

export interface Considered {
  readonly rule: Rule;
  readonly verdict: RuleVerdict;
}

/** What a rule needs beyond the subject. */
export interface MatchFacts {
  /** name of the user, for groups that list their members */
  readonly userName: string | undefined;
  /** groups of the user that do not list their members (possible with sssd) */
  readonly groups: ReadonlySet<number> | undefined;
  /** whether the process is in the first destination of an `ignore` rule */
  readonly isInside: (rule: Rule) => boolean;
}

/** Returns the first matching rule, as cgrulesengd does. */
export function findRule(rules: readonly Rule[], subject: Subject, facts: MatchFacts): Rule | undefined {
  return rules.find((rule) => verdictOf(rule, subject, facts) === 'matches');
}

/** Returns all rules up to the matching one, with the verdict of each. */
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
      // the process's supplementary groups do not count, only those of its user at login
      return (
        who.gid === gid ||
        (userName !== undefined && who.members.has(userName)) ||
        groups?.has(who.gid) === true
      );
  }
}

/** Tests a name pattern. A name is that of the program's file; only a full path may end in `*`. */
export function isCalled(pattern: string, name: string): boolean {
  if (pattern === name || pattern === posix.basename(name)) return true;
  return pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1));
}

/** Finds rules that can never match: their author relies on something that does not happen. Pure. */
import { position, type Rule, type Who } from './rule.js';

/** Returns a line for each rule that no process can ever match. */
export function unreachableRules(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap((rule, index) => {
    const [{ path }] = rule.destinations;
    if (rule.ignore && /^\/?\*$/.test(path)) {
      return [
        `${position(rule)}: the rule never matches: \`ignore\` is for processes in the group that it names, and none is called \`${path}\` (\`/\` is all of them)`,
      ];
    }
    const before = rules.slice(0, index).find((other) => takesAllOf(other, rule));
    return before === undefined
      ? []
      : [
          `${position(rule)}: the rule never matches: that at ${position(before)} comes first for all of its processes`,
        ];
  });
}

/** Tests whether an earlier rule matches every process of the other. (Members of a group may change.) */
function takesAllOf(earlier: Rule, { who, process }: Rule): boolean {
  if (earlier.ignore || !isSameOrAll(earlier.who, who)) return false;
  return earlier.process === undefined || earlier.process === process;
}

function isSameOrAll(earlier: Who, who: Who): boolean {
  if (earlier.kind === 'everyone') return true;
  if (earlier.kind === 'user') return who.kind === 'user' && earlier.uid === who.uid;
  return who.kind === 'group' && earlier.gid === who.gid;
}

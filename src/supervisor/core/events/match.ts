/** Tests whether an event matches a leaf of `start on` or `stop on` (Upstart section 3.2). */
import type { EventLeaf } from '../../../jobfile/expression/event-expression.js';
import type { EmittedEvent, LeafMatcher } from '../model/event.js';
import type { EventMatch } from '../../../jobfile/expression/event-expression.js';
import type { ReadonlyEnvironment } from '../environment.js';
import { expand } from '../expansion.js';
import { eventVariable, positionalVariable } from './event.js';
import { compileGlob, type Glob } from './glob.js';

/** Compiles the operands of a leaf, because it is offered every event of its name. */
export function compileLeaf(leaf: EventLeaf): LeafMatcher {
  const operands = leaf.matches.map(compileOperand);
  return (event, environment) =>
    event.name === leaf.name && operands.every((operand) => operand(event, environment));
}

function compileOperand(match: EventMatch, index: number): LeafMatcher {
  const valueOf = (event: EmittedEvent): string | undefined =>
    match.key === undefined ? positionalVariable(event, index) : eventVariable(event, match.key);
  const patternFor = compilePattern(match.pattern);
  return (event, environment) => {
    const value = valueOf(event);
    // a missing variable never matches, not even with `!=`; nor does a pattern that cannot be expanded
    if (value === undefined) return false;
    const pattern = patternFor(environment);
    return pattern !== undefined && pattern(value) !== (match.negated ?? false);
  };
}

function compilePattern(pattern: string): (environment: ReadonlyEnvironment) => Glob | undefined {
  if (!pattern.includes('$')) {
    const glob = compileGlob(pattern);
    return () => glob;
  }
  return (environment) => {
    const expansion = expand(pattern, environment);
    return expansion.ok ? compileGlob(expansion.text) : undefined;
  };
}

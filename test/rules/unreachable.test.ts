import t from 'tap';
import type { Rule } from '../../src/rules/rule.js';
import { unreachableRules } from '../../src/rules/unreachable.js';

const ANN = { kind: 'user', name: 'ann', uid: 1001 } as const;
const BOB = { kind: 'user', name: 'bob', uid: 1002 } as const;
const ALL = { kind: 'everyone' } as const;

function rule(line: number, who: Rule['who'], path: string, more: Partial<Rule> = {}): Rule {
  const destinations = [{ controllers: ['*'], path, line }] as const;
  return { file: 'rules', line, who, process: undefined, ignore: false, destinations, ...more };
}

t.test('a group called * holds nobody', (t) => {
  t.match(unreachableRules([rule(1, ANN, '*', { ignore: true })]), [/^rules:1: the rule never matches/]);
  t.same(unreachableRules([rule(1, ANN, '/', { ignore: true }), rule(2, ANN, 'a')]), []);
  t.end();
});

t.test('what an earlier rule takes is not left for a later one', (t) => {
  t.match(unreachableRules([rule(1, ALL, 'a'), rule(2, ANN, 'b')]), [/^rules:2: .*rules:1/]);
  t.match(unreachableRules([rule(1, ANN, 'a'), rule(2, ANN, 'b', { process: 'make' })]), [/^rules:2/]);
  t.same(unreachableRules([rule(1, ANN, 'a', { process: 'make' }), rule(2, ANN, 'b')]), []);
  t.same(unreachableRules([rule(1, ANN, 'a'), rule(2, BOB, 'b'), rule(3, ALL, 'c')]), []);
  t.end();
});

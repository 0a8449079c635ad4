import t from 'tap';
import {
  explanationLines,
  madeJson,
  madeLine,
  moveJson,
  moveLine,
  type Explanation,
} from '../../../src/cli/format/rules.js';
import { consider } from '../../../src/rules/match.js';
import { placementOf } from '../../../src/rules/placement.js';
import { parseTemplates } from '../../../src/rules/templates/parse.js';
import { DATABASE, HYBRID, NAMES, rules, subject } from '../../rules/support.js';

function explanation(text: string, groups: Readonly<Record<string, string>>): Explanation {
  const process = subject(1001, '/usr/bin/make');
  const facts = { userName: 'ann', groups: undefined, isInside: () => true };
  const considered = consider(rules(text), process, facts);
  const last = considered.at(-1);
  const placement = last?.verdict === 'matches' ? placementOf(last.rule, process, NAMES, HYBRID) : undefined;
  return { subject: process, considered, placement, toMake: [], groups: new Map(Object.entries(groups)) };
}
const lines = (...args: Parameters<typeof explanation>) => explanationLines(explanation(...args));

t.test('an explanation shows every rule, where the process should be, and where it is', (t) => {
  t.same(lines('@students cpu x\nann:cp cpu x\nann cpu,rdma a\n% memory b\n', { cpu: '/a', memory: '/c' }), [
    'process pid=77 uid=1001 gid=1001 name=/usr/bin/make',
    '    rules:1  @students: not this user or group',
    '    rules:2  ann:cp: not this process name',
    '    rules:3  ann: counts: it is the first that matches',
    'it should be in',
    '    /cg/cpu/a: it is there',
    '    /cg/memory/b: it is in /cg/memory/c',
    '    rules:3: the controller rdma is not there',
    'it is elsewhere: the engine does not run, the process was made sticky, or the group cannot be entered',
  ]);
  t.same(lines('ann cpu a\n', { cpu: '/a' }).slice(-2), ['it should be in', '    /cg/cpu/a: it is there']);
  t.same(lines('* cpu a ignore\n', {}).slice(-2), [
    '    rules:1  *: counts: it is the first that matches',
    'the rule says ignore: it stays where it is',
  ]);
  t.equal(lines('bob cpu a\n', {}).at(-1), 'no rule matches: it stays beside its parent');
  t.end();
});

t.test('a move is one line, or one object', (t) => {
  const [rule] = rules('ann cpu,memory a\n');
  const move = {
    subject: subject(1001, '/bin/x'),
    rule: rule!,
    places: placementOf(rule!, subject(1001, '/bin/x'), NAMES, HYBRID).places,
  };
  t.equal(
    moveLine(move),
    'move: pid=77 uid=1001 gid=1001 name=/bin/x rule=rules:1 to=/cg/cpu/a,/cg/memory/a',
  );
  t.same(moveJson(move), {
    type: 'move',
    pid: 77,
    uid: 1001,
    gid: 1001,
    name: '/bin/x',
    rule: 'rules:1',
    to: ['/cg/cpu/a', '/cg/memory/a'],
  });
  t.end();
});

t.test('a group that is made is one line, or one object, with its template', (t) => {
  const [template] = parseTemplates('template a { cpu { } }\n', 'cg', DATABASE).templates;
  const made = { directory: '/cg/cpu/a', template };
  t.equal(madeLine(made), 'make: group=/cg/cpu/a template=cg:1');
  t.equal(madeLine({ ...made, template: undefined }), 'make: group=/cg/cpu/a');
  t.same(madeJson(made), { type: 'make', group: '/cg/cpu/a', template: 'cg:1' });
  const plain = explanation('ann cpu a\n', { cpu: '/' });
  t.ok(
    explanationLines({ ...plain, toMake: [made] }).includes(
      '    /cg/cpu/a is not there: it will be made by the template at cg:1',
    ),
  );
  t.end();
});

import t from 'tap';
import { parseRules } from '../../src/rules/parse.js';
import { DATABASE } from './support.js';

const parse = (text: string) => parseRules(text, 'rules', DATABASE);
const errors = (text: string) => parse(text).errors.map(({ line, message }) => `${line}: ${message}`);

t.test('every form of a rule', (t) => {
  const { rules, errors } = parse(
    [
      '# comment',
      '   # another',
      '',
      'ann cpu students/ann',
      'ann:cp cpu,memory /copies/   # why',
      '\t@students:/usr/bin/make  *  makers/%u',
      '% memory elsewhere',
      '%:whoever pids third',
      '* cpu rest',
      'bob: cpu,,memory, bob ignore',
    ].join('\n'),
  );
  t.same(errors, []);
  t.same(
    rules.map(({ line, who, process, ignore, destinations }) => [
      line,
      who.kind,
      process,
      ignore,
      destinations.map(({ controllers, path }) => `${controllers.join('+')} ${path}`),
    ]),
    [
      [4, 'user', undefined, false, ['cpu students/ann']],
      [5, 'user', 'cp', false, ['cpu+memory /copies/']],
      [6, 'group', '/usr/bin/make', false, ['* makers/%u', 'memory elsewhere', 'pids third']],
      [9, 'everyone', undefined, false, ['cpu rest']],
      [10, 'user', undefined, true, ['cpu+memory bob']],
    ],
  );
  t.end();
});

t.test('quotes hold blanks together, wherever they stand', (t) => {
  const { rules } = parse(`"ann:my server" cpu a\nann:'my server' cpu "b c"\nann:"x#y" cpu d\n`);
  t.same(
    rules.map(({ process, destinations }) => [process, destinations[0].path]),
    [
      ['my server', 'a'],
      ['my server', 'b c'],
      ['x#y', 'd'],
    ],
  );
  t.same(errors('"ann cpu a\n'), ['1: a quote " is not closed']);
  t.end();
});

t.test('a line that is wrong is told with its number, and the others are kept', (t) => {
  const text = [
    'ann cpu',
    'nobody9 cpu a',
    '% memory a',
    '@nogroup9 cpu a',
    'ann cpu a b',
    'ann cpu a ignore more',
    'ann , a',
    '1001 cpu a',
    'ann cpu good',
    '% memory good',
  ].join('\n');
  t.same(errors(text), [
    '1: expected USER[:PROCESS] CONTROLLERS DESTINATION, found "ann cpu"',
    '2: there is no user "nobody9"',
    '3: left out with the rule above that it continues',
    '4: there is no group "nogroup9"',
    '5: unknown option "b", expected ignore',
    '6: expected the end of the line, found "more"',
    '7: expected controllers or *, found ","',
    '8: there is no user "1001"',
  ]);
  t.equal(parse(text).rules.length, 1);
  t.equal(parse(text).rules[0]?.destinations.length, 2);
  t.end();
});

t.test('a continuation without a rule above it', (t) => {
  t.same(errors('% cpu a\n'), ['1: there is no rule above that % could continue']);
  t.end();
});

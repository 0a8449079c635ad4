import t from 'tap';
import { templateFor } from '../../../src/rules/templates/group-template.js';
import { parseTemplates } from '../../../src/rules/templates/parse.js';
import { DATABASE } from '../support.js';

const parse = (...lines: readonly string[]) => parseTemplates(lines.join('\n'), 'cg', DATABASE);
/** `LINE: MESSAGE` */
const errors = (...lines: readonly string[]) =>
  parse(...lines).errors.map(({ line, message }) => `${line}: ${message}`);

t.test('a template has a name, permissions, and parameters by controller', (t) => {
  const { templates, errors } = parse(
    '# of students',
    'template students/%u/ {',
    '  perm {',
    '    admin { uid = ann; gid = students; dperm = 750; fperm = 0640 }',
    '    task { uid = 1002; gid = 4242; fperm = 660; }',
    '  }',
    '* a comment of libcgroup',
    '  cpu { cpu.shares = "512"; cpu.cfs_quota_us=1000; } # and one of ours',
    '  memory { }',
    '  "name=systemd" { "a file" = "some value"; }',
    '}',
  );
  t.same(errors, []);
  t.equal(templates.length, 1);
  const { name, line, task, admin, controllers } = templates[0]!;
  t.same([name, line], ['students/%u', 2]);
  t.match(admin, { uid: 1001, gid: 2001, directoryMode: 0o750, fileMode: 0o640 });
  t.match(task, { uid: 1002, gid: 4242, fileMode: 0o660 }, 'numbers need nobody who has them');
  t.same(
    [...controllers],
    [
      [
        'cpu',
        [
          { file: 'cpu.shares', value: '512', line: 8 },
          { file: 'cpu.cfs_quota_us', value: '1000', line: 8 },
        ],
      ],
      ['memory', []],
      ['name=systemd', [{ file: 'a file', value: 'some value', line: 10 }]],
    ],
  );
  t.end();
});

t.test('what is not a template is passed over', (t) => {
  const { templates, errors } = parse(
    'mount { cpu = /cg/cpu; "name=x" = /cg/x; }',
    'group daemons/www { perm { task { uid = nobody-here; } } cpu { cpu.shares = 1000; } }',
    'group default { cpu { } }',
    'default { perm { admin { uid = root; } } }',
    'systemd { slice = a.slice; }',
    'template a { cpu { } }',
  );
  t.same(errors, []);
  t.same(
    templates.map(({ name, line }) => [name, line]),
    [['a', 6]],
  );
  t.end();
});

t.test('each mistake is told with its line, and the other templates are kept', (t) => {
  const { templates, errors } = parse(
    'template a { cpu { cpu.shares 512; } }',
    'template b { perm { task { uid = dave; } } cpu { } }',
    'template c {',
    '  perm { admin { fperm = 888; } }',
    '}',
    'templates d { }',
    'template e { cpu { } cpu { } }',
    'template f { perm { user { uid = 1; } } }',
    'template g { perm { task { dperm = 700; } } }',
    'template h { } }',
    'template good { cpu { } }',
  );
  t.same(
    errors.map(({ file, line, message }) => `${file}:${line}: ${message}`),
    [
      'cg:1: expected "=", found "512"',
      'cg:2: there is no user "dave"',
      'cg:4: expected permissions in octal such as 640, found "888"',
      'cg:6: expected template, or one of mount, group, default, systemd, namespace, found "templates"',
      'cg:7: the controller cpu is there twice',
      'cg:8: expected task or admin, found "user"',
      'cg:9: expected one of uid, gid, fperm in task, found "dperm"',
      'cg:10: expected template, or one of mount, group, default, systemd, namespace, found "}"',
    ],
  );
  t.same(errors[1]!.missing, { kind: 'user', name: 'dave' }, 'whom somebody else may know');
  t.same(
    templates.map(({ name }) => name),
    ['h', 'good'],
  );
  t.end();
});

t.test('a file that ends too early, or in a quote, is told', (t) => {
  t.same(errors('template a {', '  cpu {'), ['2: expected "}", found the end of the file']);
  t.same(errors('template a { cpu { } }', 'template b { cpu { cpu.shares = "5', '}'), [
    '2: expected a value for cpu.shares, found the end of the file',
    '2: a quote " is not closed',
  ]);
  t.same(errors(''), []);
  t.end();
});

t.test('the first template with the name and one of the controllers counts', (t) => {
  const { templates } = parse('template a { cpu { } }', 'template a { cpu { } memory { } }');
  t.equal(templateFor(templates, 'a', ['cpu'])?.line, 1);
  t.equal(templateFor(templates, 'a', ['memory'])?.line, 2);
  t.equal(templateFor(templates, 'a', ['pids']), undefined);
  t.equal(templateFor(templates, 'b', ['cpu']), undefined);
  t.end();
});

import t from 'tap';
import { checkText } from '../../src/jobfile/check.js';
import { convert } from '../../src/jobfile/convert.js';
import type { JobClass } from '../../src/jobfile/job-class/job-class.js';
import type { Syntax } from '../../src/jobfile/draft.js';
import { withoutSource } from './same-class.js';

function parse(text: string, syntax: Syntax): JobClass {
  const checked = checkText(text, 'foo', syntax);
  if (!checked.ok) throw new Error(`${checked.errors[0].line}: ${checked.errors[0].message}`);
  return checked.class;
}

t.test('.conf becomes an .ini that people can read', (t) => {
  const conf =
    'description "A job"\nstart on started a and (b or c)\nenv A=1\nenv B="x y"\nlimit core 0 0\nexec foo "a#b" &\npre-start script\n  if x; then\n    y\n  fi\nend script\n';
  const ini = `description = A job
start on = started a and (b or c)
ready = upstart
user environment = off
exec = foo "a#b" &

[env]
A = 1
B = x y

[pre-start]
script[] = if x; then
script[] =   y
script[] = fi

[limit]
core = 0 0
`;
  t.equal(convert(parse(conf, 'conf'), 'ini'), ini);
  t.strictSame(withoutSource(parse(ini, 'ini')), withoutSource(parse(conf, 'conf')));
  t.end();
});

t.test('.ini becomes a .conf with its other defaults spelt out', (t) => {
  const conf = 'exec a\n\nready auto\n\nuser environment on\n';
  const written = convert(parse('exec = a\n', 'ini'), 'conf');
  t.strictSame(written.split('\n').filter(Boolean).sort(), conf.split('\n').filter(Boolean).sort());
  t.strictSame(withoutSource(parse(written, 'conf')), withoutSource(parse('exec = a\n', 'ini')));
  t.end();
});

t.test('an Upstart job that respawns goes on to do so at once, and one of an .ini file backs off', (t) => {
  const pairs = [
    ['respawn\nexec a\n', 'respawn = true\nrespawn delay = none\n'],
    ['respawn\nrespawn delay auto\nexec a\n', 'respawn = true\n'],
    ['respawn\nrespawn delay auto\nrespawn limit 10 5\nexec a\n', 'respawn limit = 10 5\n'],
    ['respawn\nrespawn delay 1 30\nexec a\n', 'respawn delay = 1 30 30\n'],
  ] as const;
  for (const [conf, expected] of pairs) {
    const job = parse(conf, 'conf');
    const ini = convert(job, 'ini');
    t.ok(ini.includes(expected), ini);
    t.strictSame(withoutSource(parse(ini, 'ini')), withoutSource(job));
    t.strictSame(withoutSource(parse(convert(parse(ini, 'ini'), 'conf'), 'conf')), withoutSource(job));
  }
  t.end();
});

t.test('values that look like something else survive', (t) => {
  const conf = [
    'description "  [section] = \\"5\\"  "',
    "author \"it's 'quoted'\"",
    'usage true',
    'env "a key=with = equals"',
    'env inherited',
    'env "file"',
    'env "[x]=1"',
    'emits "two words" and # comment',
    'exec "quoted" --only "quoted"',
    'start on e "and" "K=(a b)"',
    'script\n\n   x \nend script\r',
  ];
  const job = parse(conf.slice(0, -1).join('\n'), 'conf');
  for (const form of ['ini', 'conf'] as const)
    t.strictSame(withoutSource(parse(convert(job, form), form)), withoutSource(job));
  const script = parse(conf.at(-1)!, 'conf');
  t.strictSame(withoutSource(parse(convert(script, 'ini'), 'ini')), withoutSource(script));
  t.end();
});

import { parse as parseWithIni } from 'ini';
import t from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import { explain } from '../../../src/jobfile/job-file-error.js';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';

function parse(text: string): JobClass {
  const checked = checkText(text, 'foo', 'ini');
  if (!checked.ok)
    throw new Error(checked.errors.map((error) => `${error.line}: ${explain(error)}`).join('; '));
  return checked.class;
}

function refused(text: string): string[] {
  const checked = checkText(text, 'foo', 'ini');
  if (checked.ok) throw new Error(`accepted: ${text}`);
  return checked.errors.map(({ line, message }) => `${line}: ${message}`);
}

const EXAMPLE = `; a comment
description = A web server; the best # ever
start on = started network and (a or b)
exec = /usr/sbin/nginx -g "user www; worker_processes 2;"
respawn
respawn limit = 10 60
normal exit = 0 TERM
emits = one two
emits[] = three

[env]
LANG = C.UTF-8
GREETING = a = b; # c
HOME

[limit]
nofile = 1024 unlimited
core = 0 0

[pre-start]
script[] = if true; then
script[] =     echo "# no comment"
script[] = fi

[kill]
timeout = 60
`;

t.test('the native form says what .conf says', (t) => {
  const { source, ...job } = parse(EXAMPLE);
  t.equal(source.syntax, 'ini');
  t.match(job, {
    description: 'A web server; the best # ever',
    processes: {
      main: { exec: '/usr/sbin/nginx -g "user www; worker_processes 2;"' },
      'pre-start': { script: 'if true; then\n    echo "# no comment"\nfi\n' },
    },
    startOn: { kind: 'and' },
    respawn: true,
    respawnInterval: 60,
    normalExit: [0, 'TERM'],
    emits: ['one', 'two', 'three'],
    env: ['LANG=C.UTF-8', 'GREETING=a = b; # c', 'HOME'],
    limits: { nofile: { soft: 1024, hard: 'unlimited' }, core: { soft: 0, hard: 0 } },
    killTimeout: 60,
  });
  t.end();
});

t.test('the ini package sees the same sections, keys and lists', (t) => {
  const plain = parseWithIni(EXAMPLE) as Record<string, unknown>;
  t.match(plain, { respawn: true, 'normal exit': '0 TERM', kill: { timeout: '60' }, limit: { core: '0 0' } });
  t.match(plain['pre-start'], { script: ['if true', 'echo "', 'fi'] }, 'though it cuts values at ; and #');
  t.end();
});

t.test('two defaults are not those of .conf', (t) => {
  t.match(parse(''), { ready: { when: 'auto' }, userEnvironment: true });
  const upstarts = parse('ready = upstart\nuser environment = off\n');
  t.equal(upstarts.ready, undefined);
  t.equal(upstarts.userEnvironment, false);
  t.end();
});

t.test('quotes round a whole value go', (t) => {
  const description = (value: string): string | undefined => parse(`description = ${value}\n`).description;
  t.equal(description('"a \\"b\\" \\\\ \\u00e9 "'), 'a "b" \\ é ', 'with the escapes of JSON in double ones');
  t.equal(description("'5 \\n'"), '5 \\n', 'as they stand in single ones');
  t.equal(description('"a" and "b"'), '"a" and "b"', 'but not others');
  t.equal(description('"a\tb"'), 'a\tb', 'even if it is no JSON');
  t.equal(description('C:\\new'), 'C:\\new', 'a backslash is a backslash');
  t.end();
});

t.test('a flag is true or false', (t) => {
  t.equal(parse('task\n').task, true);
  t.equal(parse('task = yes\n').task, true);
  t.equal(parse('task\ntask = false\n').task, undefined);
  t.strictSame(refused('task = maybe\n'), ['1: Unexpected token']);
  t.end();
});

t.test('a script has a line for each line', (t) => {
  const main = (text: string): unknown => parse(text).processes.main;
  t.strictSame(main('script = a; b\n'), { script: 'a; b\n' });
  t.strictSame(main('script[] = a\nscript[] =\nscript[] = "b\\r"\n'), { script: 'a\n\nb\r\n' });
  t.strictSame(main('script =\n'), { script: '' });
  t.strictSame(main('script[] = a\nexec = b\n'), { exec: 'b' }, 'the last of both counts');
  t.strictSame(main('exec = b\nscript[] = a\n'), { script: 'a\n' });
  t.strictSame(refused('script[] = end script\n'), ['1: Unexpected token'], '.conf could not say it');
  t.end();
});

t.test('every wrong line is reported', (t) => {
  t.strictSame(refused('exce = a\nnice = 20\n\n[lmit]\n[kill]\ntimeout =\nsignal = term\n'), [
    '1: Unknown stanza',
    '2: Illegal nice value, expected -20 to 19',
    '4: Unknown stanza',
    '6: Expected token',
    '7: Illegal signal status, expected integer',
  ]);
  t.end();
});

t.test('a blank behind a backslash ends a command in both forms', (t) => {
  t.strictSame(parse('exec = "a\\\\ "\n').processes.main, { exec: 'a\\ ' });
  t.strictSame(parse('exec = "  a "\n').processes.main, { exec: 'a' });
  t.end();
});

t.test('what .conf could not say is refused', (t) => {
  t.strictSame(refused('exec = a#b\n'), ['1: Unexpected token']);
  t.strictSame(refused("exec = it's\n"), ['1: Unterminated quoted string']);
  t.strictSame(refused('description = "a\\nb"\n'), ['1: Unexpected token']);
  t.strictSame(refused('kill timeout[] = 5\n'), ['1: Unexpected token'], 'a list of what does not add up');
  t.strictSame(refused('= 5\n'), ['1: Expected token']);
  t.strictSame(refused('[env]\nA\0B = 1\n'), ['2: Unexpected token']);
  t.strictSame(refused('limit nofile x = 5 5\n'), ["1: Illegal limit, expected 'unlimited' or integer"]);
  t.end();
});

t.test('in the section env every key with a value is a variable', (t) => {
  t.match(parse('[env]\ninherit = 1\n'), { env: ['inherit=1'] });
  t.equal(parse('[env]\ninherit = 1\n').envInherit, undefined);
  t.equal(parse('env inherit = true\n').envInherit, true);
  t.match(parse('env = A=1\nenv[] = B=2\n'), { env: ['A=1', 'B=2'] });
  t.end();
});

t.test('a byte order mark and carriage returns are no part of the text', (t) => {
  t.match(parse('\ufeffdescription = a\r\ntask\r\n'), { description: 'a', task: true });
  t.end();
});

t.test('a stanza of three words is found in each of its spellings, in both forms', (t) => {
  const spellings = ['health start period = 2', '[health]\nstart period = 2', '[health start]\nperiod = 2'];
  for (const text of spellings) t.equal(parse(`exec = /bin/x\n${text}\n`).healthStartPeriod, 2, text);
  const conf = checkText('exec /bin/x\nhealth start period 2\n', 'foo', 'conf');
  t.equal(conf.ok && conf.class.healthStartPeriod, 2);
  t.match(refused('health start = 2'), [/Unknown stanza/]);
  t.end();
});

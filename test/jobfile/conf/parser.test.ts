import t from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import { explain, formatErrorForLog, type JobFileError } from '../../../src/jobfile/job-file-error.js';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';

function parse(text: string): JobClass {
  const checked = checkText(text, 'foo', 'conf');
  if (!checked.ok) throw new Error(checked.errors.map(explain).join('; '));
  return checked.class;
}

function errorOf(text: string): JobFileError {
  const checked = checkText(text, 'foo', 'conf', '/etc/init/foo.conf');
  if (checked.ok) throw new Error(`accepted: ${text}`);
  return checked.errors[0];
}

function refused(text: string): string {
  const { line, message } = errorOf(text);
  return `${line}: ${message}`;
}

t.test('words', (t) => {
  const usage = (text: string): string | undefined => parse(`usage ${text}\n`).usage;
  t.equal(usage('a\\ b\\\\c'), 'a b\\c', 'a backslash escapes a blank and itself');
  t.equal(usage('"x\\ny"'), 'x\\ny', 'before anything else it is itself');
  t.equal(usage(`"it's "'"so"'`), 'it\'s "so"', 'quotes may be joined');
  t.equal(usage('"one  \n \t two"'), 'one two', 'a line break in quotes is one blank');
  t.equal(usage('one\\\ntwo'), 'one two', 'and so is one behind a backslash');
  t.equal(usage('one#two'), 'one', 'a comment begins in the middle of a word');
  t.equal(usage('"one#two"'), 'one#two', 'but not in quotes');
  t.equal(usage('one\r'), 'one', 'a carriage return is a blank');
  t.end();
});

t.test('a command keeps its quotes and its inner blanks', (t) => {
  t.strictSame(parse('exec  echo  "a#b"\t c  # d\n').processes, { main: { exec: 'echo  "a#b"\t c' } });
  t.strictSame(parse('exec a \\\n   b\n').processes, { main: { exec: 'a b' } });
  t.end();
});

t.test('a script ends at its end', (t) => {
  const script = (text: string): unknown => parse(text).processes.main;
  t.strictSame(
    script('script\n  a\n    b\n  end   script # c\n'),
    { script: 'a\n  b\n' },
    'common indentation goes',
  );
  t.strictSame(
    script('script\n  a\n\n  b\nend script'),
    { script: '  a\n\n  b\n' },
    'not where a line is empty',
  );
  t.strictSame(script('script\nend scripts\nend\nend script'), { script: 'end scripts\nend\n' });
  t.strictSame(script('script\nend script\n'), { script: '' });
  t.equal(refused('script\n  a\n'), '3: Unterminated block');
  t.equal(refused('script x\nend script\n'), '1: Unexpected token');
  t.end();
});

t.test('errors have the line that Upstart gives', (t) => {
  t.equal(refused('task\nfrob \\\n x\n'), '3: Unknown stanza', 'an unknown word: where the next one begins');
  t.equal(refused('console \\\n "t\nty" \\\n\n'), '2: Unknown stanza', 'an illegal value: where it begins');
  t.equal(refused('limit nofile 1 \\\n\n'), '2: Expected token', 'a missing one: where it was looked for');
  t.equal(refused('task\ndescription "a\n\n'), '4: Unterminated quoted string', 'an open quote: at the end');
  t.equal(refused('exec a \\'), '1: Trailing slash in file');
  t.equal(refused('start on a\n  and b\n'), '2: Unknown stanza');
  t.equal(refused('kill signal term\n'), '1: Illegal signal status, expected integer');
  t.equal(refused('description ""\n'), '1: Expected token', 'an empty word is none');
  t.equal(refused('task\nexec a\0b\n'), '2: Unexpected token');
  t.equal(refused('\ufeffexec a\n'), '1: Unknown stanza', 'a byte order mark is part of the first word');
  t.end();
});

t.test('errors say what was found, what was expected, and what was probably meant', (t) => {
  t.match(errorOf('exce foo\n'), { found: '"exce"', nearest: 'exec', file: '/etc/init/foo.conf' });
  t.equal(
    explain(errorOf('exce foo\n')),
    'Unknown stanza: found "exce", expected a stanza, did you mean "exec"?',
  );
  t.match(errorOf('respawn limt 1 2\n'), { found: '"limt"', nearest: 'limit' });
  t.match(errorOf('console outptu\n'), { nearest: 'output' });
  t.match(errorOf('kill signal TREM\n'), { nearest: 'TERM' });
  t.match(errorOf('normal exit SIGTREM\n'), { found: '"SIGTREM"', nearest: 'TERM' });
  t.match(errorOf('task x\n'), { found: '"x"', expected: 'the end of the line' });
  t.equal(errorOf('xyzzy foo\n').nearest, undefined, 'nothing is proposed that is not near');
  t.end();
});

t.test('the log has Upstart’s form of each error', (t) => {
  t.match(
    formatErrorForLog(errorOf('task\nfrob\n')),
    /^\/etc\/init\/foo\.conf:2: Unknown stanza: found "frob"/,
  );
  t.equal(
    formatErrorForLog(errorOf('kill signal NOPE\n')),
    '/etc/init/foo.conf: Error while loading configuration file: Illegal signal status, expected integer',
  );
  t.match(
    formatErrorForLog(errorOf('oom 99\n')),
    /^\/etc\/init\/foo\.conf:1: Illegal oom adjustment, expected -16 to 15 or 'never': found "99"/,
    'in full, though foster’s explanation follows',
  );
  t.end();
});

t.test('numbers are read as strtol(3) reads them, within their bounds', (t) => {
  t.equal(parse('nice " +5"\n').nice, 5);
  t.equal(parse('nice 0\n').nice, 0, 'a nice value of 0 is not that of the supervisor');
  t.equal(refused('nice 5x\n'), '1: Illegal nice value, expected -20 to 19');
  t.equal(parse('oom -5\n').oomScoreAdj, -294);
  t.equal(parse('oom 0\n').oomScoreAdj, 0, 'nor is a score of 0');
  t.equal(refused('oom score 1001\n'), "1: Illegal oom score adjustment, expected -999 to 1000 or 'never'");
  t.strictSame(parse('limit nofile 10 -1\n').limits, { nofile: { soft: 10, hard: 'unlimited' } });
  t.equal(parse('umask 777\n').umask, 0o777);
  t.equal(parse('umask 022\n').umask, 0o022);
  t.equal(refused('kill timeout 1.5\n'), '1: Illegal interval, expected number of seconds');
  t.strictSame(parse('normal exit SIGTERM 15 IOT CLD\n').normalExit, ['TERM', 15, 'ABRT', 'CHLD']);
  t.equal(parse('kill signal 10\n').killSignal, 'USR1');
  t.equal(parse('kill signal 37\n').killSignal, '37', 'real-time signals have no name');
  t.end();
});

t.test('the last stanza counts, except where they add up', (t) => {
  const job = parse(
    'nice 1\nnice 2\nexec a\nscript\nb\nend script\nenv A=1\nenv A=2\nemits x\nemits y z\nlimit core 0 0\nlimit core 1 1\nlimit cpu 2 2\n',
  );
  t.match(job, {
    nice: 2,
    processes: { main: { script: 'b\n' } },
    env: ['A=1', 'A=2'],
    emits: ['x', 'y', 'z'],
  });
  t.strictSame(job.limits, { core: { soft: 1, hard: 1 }, cpu: { soft: 2, hard: 2 } });
  t.end();
});

t.test('manual and debug take nothing but themselves', (t) => {
  t.strictSame(parse('start on a\nmanual task\n').task, true, 'the next word is the next stanza');
  t.equal(parse('start on a\nmanual\n').startOn, undefined);
  t.match(parse('manual\nstart on a\n').startOn, { name: 'a' });
  t.match(parse('debug exec a\n'), { debug: true, processes: { main: { exec: 'a' } } });
  t.end();
});

t.test('stanzas of foster', (t) => {
  t.strictSame(parse('ready fd 3\n').ready, { when: 'fd', fd: 3 });
  t.strictSame(parse('ready port 80\n').ready, { when: 'port', port: 80 });
  t.strictSame(parse('ready path /run/x\n').ready, { when: 'path', path: '/run/x' });
  t.strictSame(parse('ready log "^up [0-9]+"\n').ready, { when: 'log', pattern: '^up [0-9]+' });
  t.strictSame(parse('ready notify\n').ready, { when: 'notify' });
  t.equal(parse('ready auto\nready upstart\n').ready, undefined);
  t.equal(refused('ready log "("\n'), '1: Illegal regular expression');
  t.equal(parse('start timeout 1.5\n').startTimeout, 1.5);
  t.equal(parse('').startTimeout, 90);
  t.equal(refused('start timeout 0\n'), '1: Illegal interval, expected number of seconds');
  t.strictSame(parse('timeout pre-start 5\ntimeout post-stop 6\n').timeouts, {
    'pre-start': 5,
    'post-stop': 6,
  });
  t.strictSame(parse('respawn delay 0.5\n').respawnDelay, { first: 0.5, cap: 30, resetAfter: 30 });
  t.strictSame(parse('respawn delay 1 8 60\n').respawnDelay, { first: 1, cap: 8, resetAfter: 60 });
  t.equal(parse('kill mode lineage\n').killMode, 'lineage');
  t.equal(parse('pid file /run/x.pid\n').pidFile, '/run/x.pid');
  t.match(parse('env inherit\nenv HOME\n'), { envInherit: true, env: ['HOME'] });
  t.equal(parse('user environment\n').userEnvironment, true);
  t.equal(parse('user environment\nuser environment off\n').userEnvironment, false);
  t.match(parse('requires a b\nafter c\n'), { requires: ['a', 'b'], after: ['c'] });
  t.equal(parse('log size 10k\n').logSize, 10_240);
  t.equal(parse('log count 0\n').logCount, 0);
  t.equal(parse('schedule 0 4 * * mon-fri\n').schedule, '0 4 * * mon-fri');
  t.equal(parse('schedule @daily\n').schedule, '@daily');
  t.equal(refused('task\nschedule 0 4\n'), '2: Illegal schedule');
  t.end();
});

t.test('console', (t) => {
  const console = (text: string): unknown => {
    const { console, consoleFormat } = parse(`console ${text}\n`);
    return [console, consoleFormat];
  };
  t.strictSame(console('log'), ['log', 'prefix']);
  t.strictSame(console('log pty'), ['pty', 'prefix']);
  t.strictSame(console('pty'), ['pty', 'prefix']);
  t.strictSame(console('output json'), ['output', 'json']);
  t.strictSame(console('output prefix'), ['output', 'prefix']);
  t.equal(refused('task\nconsole none json\n'), '2: Unexpected token');
  t.equal(refused('console output pty\n'), '1: Unexpected token');
  t.end();
});

t.test('cgroup: a file says its controller itself, and has a value of one or more words', (t) => {
  t.strictSame(
    parse("cgroup memory.max 100M\ncgroup cpu.max 50000 100000\ncgroup io.max '8:0 rbps=1 wbps=2'\n").cgroup,
    [
      { controller: 'memory', key: 'memory.max', value: '100M' },
      { controller: 'cpu', key: 'cpu.max', value: '50000 100000' },
      { controller: 'io', key: 'io.max', value: '8:0 rbps=1 wbps=2' },
    ],
  );
  t.equal(refused('task\ncgroup memory.max\n'), '2: Expected token');
  t.end();
});

t.test('cgroup: the number of words says what they are', (t) => {
  t.strictSame(
    parse('cgroup cpu\ncgroup memory x\ncgroup memory limit 1\ncgroup memory x limit 1\n').cgroup,
    [
      { controller: 'cpu' },
      { controller: 'memory', name: 'x' },
      { controller: 'memory', key: 'limit', value: '1' },
      { controller: 'memory', name: 'x', key: 'limit', value: '1' },
    ],
  );
  t.end();
});

/** The syntax of units: lines, words, command lines, spans of time, calendars. */
import { test } from 'tap';
import { cronEvery, cronTimes } from '../../../src/import/systemd/calendar.js';
import { parseExecLine, signalToMain } from '../../../src/import/systemd/exec-line.js';
import { timeSpan } from '../../../src/import/systemd/time-span.js';
import { parseUnitFile } from '../../../src/import/systemd/unit-file.js';
import { parseUnitName } from '../../../src/import/systemd/unit-name.js';
import { unitWords } from '../../../src/import/systemd/unit-words.js';
import { timesOf } from '../../../src/jobfile/crontab.js';

test('lines: joined, commented, ignored', (t) => {
  const { entries, head, ignored } = parseUnitFile(
    'x.service',
    '\ufeff# top\n\n[Unit]\n; of the next\nDescription = A  b\nnonsense\n[Service]\nExecStart=/bin/a \\\n# inner\n  b \\\n\nUser=\n',
  );
  t.same(
    entries.map(({ section, key, value, line, comments }) => [section, key, value, line, comments]),
    [
      ['Unit', 'Description', 'A  b', 5, ['of the next']],
      ['Service', 'ExecStart', '/bin/a    b', 8, ['inner']],
      ['Service', 'User', '', 12, []],
    ],
  );
  t.same(head, ['top']);
  t.same(ignored, [{ line: 6, text: 'nonsense' }]);
  t.end();
});

test('words: quotes and the escapes of C', (t) => {
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['a "b c" \'d e\'', ['a', 'b c', 'd e']],
    ['"A=b c"  D=e', ['A=b c', 'D=e']],
    ['a\\x20b \\t\\101\\u00e4', ['a b', '\tAä']],
    ['a\\qb', ['a\\qb']],
    ['"a', undefined],
    ['"" x', ['', 'x']],
  ];
  for (const [text, expected] of cases)
    t.same(
      unitWords(text)?.map((word) => word.text),
      expected,
      text,
    );
  t.end();
});

test('command lines become lines of the shell', (t) => {
  const unit = parseUnitName('web@.service')!;
  const cases: readonly (readonly [string, string])[] = [
    ['/bin/a -x "b c" $OPTS', "/bin/a -x 'b c' $OPTS"],
    ['/bin/a ${X} a${X}b $$X x$Y', '/bin/a "${X}" "a${X}b" \'$X\' \'x$Y\''],
    [':/bin/a ${X} $OPTS', "/bin/a '${X}' '$OPTS'"],
    ['/bin/a --name=%i %p %%', '/bin/a "--name=${I}" web %'],
    ['-+/bin/a *', "/bin/a '*'"],
    ['/bin/sh -c \'echo "a" | b\'', '/bin/sh -c \'echo "a" | b\''],
  ];
  for (const [value, line] of cases) {
    const parsed = parseExecLine(value, unit);
    t.equal(parsed.ok ? parsed.commands[0]!.line : parsed.why, line, value);
  }
  const several = parseExecLine('/bin/a ; -/bin/b \\; ; @/bin/c name x', unit);
  t.same(
    several.ok && several.commands.map(({ line, ignoresFailure, argv0 }) => [line, ignoresFailure, argv0]),
    [
      ['/bin/a', false, undefined],
      ["/bin/b ';'", true, undefined],
      ['/bin/c x', false, 'name'],
    ],
  );
  for (const bad of ['', '/bin/a "b', '-@']) t.equal(parseExecLine(bad, unit).ok, false, bad);
  t.end();
});

test('a command that only sends a signal to the main process is one', (t) => {
  const unit = parseUnitName('web.service')!;
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['/bin/kill -HUP $MAINPID', 'HUP'],
    ['kill -s SIGUSR2 ${MAINPID}', 'USR2'],
    ['/usr/bin/kill $MAINPID', 'TERM'],
    ['/bin/kill -HUP $OTHER', undefined],
    ['/bin/killall -HUP x', undefined],
  ];
  for (const [value, signal] of cases) {
    const parsed = parseExecLine(value, unit);
    t.equal(parsed.ok ? signalToMain(parsed.commands[0]!) : 'refused', signal, value);
  }
  t.end();
});

test('spans of time', (t) => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['5', 5],
    ['5min 20s', 320],
    ['1.5h', 5400],
    ['100ms', 0.1],
    ['2d3h', 183_600],
    ['infinity', Infinity],
    ['', undefined],
    ['5 parsecs', undefined],
    ['1'.repeat(50_000) + 'x', undefined],
  ];
  for (const [text, seconds] of cases) t.equal(timeSpan(text), seconds, text.slice(0, 20));
  t.end();
});

test('calendars as times of crontab(5)', (t) => {
  const cases: readonly (readonly [string, string | undefined, number?])[] = [
    ['daily', '0 0 * * *'],
    ['weekly', '0 0 * * mon'],
    ['quarterly', '0 0 1 1,4,7,10 *'],
    ['Mon..Fri 04:30', '30 4 * * mon-fri'],
    ['Fri..Sun *-*-* 1:00', '0 1 * * 5-7'],
    ['Mon..Sun 1:00', '0 1 * * *'],
    ['Mon,Thu 2:00', '0 2 * * mon,thu'],
    ['*:0/15', '0-59/15 * * * *'],
    ['*-*-* 09,39:00', '0 9,39 * * *', -1],
    ['*-*-* *:09,39:00', '9,39 * * * *'],
    ['*-*-1..7 4:00/15', '0-59/15 4 1-7 * *'],
    ['2027-01-01 00:00:00', '0 0 1 1 *', 1],
    ['*-*-* 4:00:30', '0 4 * * *', 1],
    ['Sun *-*-1..7 03:00 UTC', '0 3 1-7 * sun', 2],
    ['*-*~1', undefined],
    ['tomorrow', undefined],
  ];
  for (const [text, cron, lost = 0] of cases) {
    const times = cronTimes(text);
    if (lost < 0) t.notOk(times.ok, text);
    else {
      t.equal(times.ok ? times.cron : undefined, cron, text);
      if (times.ok) t.equal(times.lost.length, lost, `${text}: ${times.lost.join('; ')}`);
      if (times.ok) t.doesNotThrow(() => timesOf(times.cron));
    }
  }
  t.same(cronEvery(900), { cron: '*/15 * * * *', exact: true });
  t.same(cronEvery(7 * 60), { cron: '*/7 * * * *', exact: false });
  t.same(cronEvery(86_400), { cron: '0 0 * * *', exact: true });
  t.end();
});

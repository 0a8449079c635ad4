import { test } from 'tap';
import { checkText } from '../../src/jobfile/check.js';
import { convert } from '../../src/jobfile/convert.js';
import type { JobClass } from '../../src/jobfile/job-class/job-class.js';
import type { Syntax } from '../../src/jobfile/draft.js';

function parse(line: string, syntax: Syntax = 'ini'): JobClass {
  const checked = checkText(syntax === 'ini' ? `exec = x\n${line}\n` : `exec x\n${line}\n`, 'foo', syntax);
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
  return checked.class;
}

function refusal(line: string): string {
  const checked = checkText(`exec = x\n${line}\n`, 'foo', 'ini');
  return checked.ok ? 'none' : JSON.stringify(checked.errors);
}

test('addresses are read with their defaults', (t) => {
  const tcp = (word: string) => parse(`health tcp = ${word}`).health;
  t.same(tcp('5432'), { by: 'tcp', host: 'localhost', port: 5432 });
  t.same(tcp('10.0.0.1:80'), { by: 'tcp', host: '10.0.0.1', port: 80 });
  t.same(tcp('[::1]:80'), { by: 'tcp', host: '::1', port: 80 });
  const http = (word: string) => parse(`health http = ${word}`).health;
  t.same(http('http://localhost'), { by: 'http', host: 'localhost', port: 80, path: '/' });
  t.same(http('http://127.0.0.1:8080/up?a=b'), {
    by: 'http',
    host: '127.0.0.1',
    port: 8080,
    path: '/up?a=b',
  });
  t.same(http('http://[::1]:8080?x'), { by: 'http', host: '::1', port: 8080, path: '/?x' });
  t.end();
});

test('what cannot be asked is refused with what can', (t) => {
  t.match(refusal('health tcp = 0'), /a port, or an IP address/);
  t.match(refusal('health tcp = db.example:5432'), /IP address or localhost/);
  t.match(refusal('health http = http://db.example/'), /IP address or localhost/);
  t.match(refusal('health http = https://localhost/'), /foster speaks no TLS/);
  t.match(refusal('health http = /up'), /such as `http:/);
  t.match(refusal('health retries = 0'), /from 1 to 1000/);
  t.match(refusal('health action = reboot'), /`restart` or `mark`/);
  t.match(refusal('health interval = 0'), /above 0/);
  t.end();
});

test('a command is what it is elsewhere in its form, and survives both directions', (t) => {
  for (const line of ['curl -fsS "http://localhost/up"', 'test -e /run/up || exit 1', 'A=1 check --all']) {
    const job = parse(`health exec = ${line}`);
    t.same(
      parse(
        convert(job, 'ini')
          .split('\n')
          .find((one) => one.startsWith('health exec'))!,
      ).health,
      job.health,
    );
  }
  const conf = parse('health exec check "a b"', 'conf');
  t.same(conf.health, { by: 'exec', command: { exec: 'check "a b"' } });
  const list = convert(parse("health exec = test 'a' || exit 1"), 'conf');
  t.match(list, "health exec sh -c 'test '\\''a'\\'' || exit 1'");
  t.end();
});

/** What people write by heart who have written another form, or for another program. */
import t from 'tap';
import { checkText } from '../../src/jobfile/check.js';
import type { Syntax } from '../../src/jobfile/draft.js';
import { stanzaAtHead, STANZAS } from '../../src/jobfile/stanzas/table.js';
import { MEANINGS } from '../../src/jobfile/stanzas/peer-words.js';
import { explain } from '../../src/jobfile/job-file-error.js';

function errors(text: string, syntax: Syntax): readonly string[] {
  const checked = checkText(text, 'job', syntax);
  return checked.ok ? [] : checked.errors.map((error) => `${error.line}: ${explain(error)}`);
}

t.test('.conf lines in an .ini file are refused with the line that would be right', (t) => {
  for (const [line, right] of [
    ['start on socket PROTO=inet PORT=8080', 'start on = socket PROTO=inet PORT=8080'],
    ['start on startup', 'start on = startup'],
    ['exec sleep 1000', 'exec = sleep 1000'],
    ['exec A=1 cmd', 'exec = A=1 cmd'],
    ['respawn true', 'respawn = true'],
    ['pre-start exec mkdir x', 'pre-start exec = mkdir x'],
    ['requires a b', 'requires = a b'],
  ]) {
    const [first = ''] = errors(`description = x\n${line!}\n`, 'ini');
    t.match(first, /^2: /, line!);
    t.ok(first.includes(`write \`${right!}\``), `${line!}: ${first}`);
  }
  t.match(errors('script\n  exec a\nend script\n', 'ini').at(-1), /^3: .*script\[\]/);
  t.end();
});

t.test('.ini lines in a .conf file are refused as what they are', (t) => {
  for (const line of ['setuid = nobody', 'respawn = true', 'description = a b', 'exec=sleep 9', '[env]'])
    t.match(errors(`${line}\n`, 'conf')[0], /^1: .*\.ini/, line);
  t.end();
});

t.test('words of other supervisors are answered with foster’s', (t) => {
  for (const [line, word] of [
    ['user = www-data', 'setuid'],
    ['directory = /srv', 'chdir'],
    ['WorkingDirectory=/srv', 'chdir'],
    ['environment = A=1', 'env'],
    ['autorestart = true', 'respawn'],
    ['Restart=always', 'respawn'],
    ['ExecStart=/bin/x', 'exec'],
    ['ExecStartPre=/bin/x', 'pre-start exec'],
    ['command = x', 'exec'],
    ['numprocs = 3', 'instance'],
    ['stopsignal = TERM', 'kill signal'],
    ['stdout_logfile = /x', 'log file = PATH'],
    ['start-on = startup', 'start on'],
    ['killTimeout = 3', 'kill timeout'],
    ['prestartexec = /x', 'pre-start exec'],
    ['depends_on = a', 'requires'],
  ]) {
    t.match(errors(`exec = a\n${line!}\n`, 'ini')[0], new RegExp(`^2: .*here this is \`${word!}`), line!);
  }
  t.match(errors('user www-data\n', 'conf')[0], /here this is `setuid USER`/);
  t.match(errors('autorestart true\n', 'conf')[0], /here this is `respawn`/);
  t.match(
    errors('[Service]\nexec = a\n', 'ini')[0],
    /^1: .*"Service".*without a section .*foster import.* systemd/,
  );
  t.match(errors('[program:web]\n', 'ini')[0], /^1: .*program:web.*foster import.* supervisord/);
  t.match(errors('exec a\nstart-on startup\n', 'conf')[0], /^2: .*here this is `start on`/);
  t.end();
});

t.test('what cannot be seen is named', (t) => {
  t.match(
    errors('\ufeffexec sleep 9\n', 'conf')[0],
    /^1: Unknown stanza: found a byte order mark before "exec"/,
  );
  t.match(errors('exec\u00a0sleep 9\n', 'conf')[0], /"exec<no-break space>sleep"/);
  const marked = checkText('\ufeffexec = sleep 9\n', 'job', 'ini');
  t.match(marked, { ok: true, warnings: [{ line: 1, message: /byte order mark/, note: true }] });
  t.end();
});

t.test(
  'a name of several words with the `=` in its middle is answered with the line that would be right',
  (t) => {
    // by rule: every stanza of more than one word
    for (const { name, body } of STANZAS.filter((stanza) => stanza.name.includes(' '))) {
      const [first = '', ...others] = name.split(' ');
      const isSwitch = body.kind === 'flag' || body.kind === 'word';
      const line = `${first} = ${others.join(' ')}${isSwitch ? '' : ' x'}`;
      const checked = checkText(`${line}\n`, 'job', 'ini');
      const told = checked.ok
        ? checked.warnings.map(({ remedy }) => remedy).join()
        : checked.errors.map(explain).join();
      // `limit = nofile 1 2` says the same as `limit nofile = 1 2`
      t.ok(told.includes(`write \`${name} = ${isSwitch ? 'true' : 'x'}\``), `${line}: ${told}`);
    }
    t.match(errors('ready = log up and running\n', 'ini')[0], /write `ready log = up and running`/);
    t.end();
  },
);

t.test('lines of YAML, of a Procfile, and of unit files', (t) => {
  t.match(errors('restart: always\n', 'ini')[0], /`NAME = VALUE`: here this is `respawn = true`/);
  t.match(errors('web: bundle exec puma\n', 'ini')[0], /`foster import`/);
  t.same(
    errors('[Service]\nExecStart=/bin/true\nnice = 5\n', 'ini').length,
    2,
    'nice is a stanza there, too',
  );
  t.match(errors('[Service]\nExecStart=/bin/true\n', 'ini')[1], /found "ExecStart".*`exec = COMMAND`/);
  t.match(errors('LimitNOFILE=1024\n', 'ini')[0], /`limit nofile = SOFT HARD`/);
  t.match(errors('Type=forking\n', 'ini')[0], /; foster finds out by itself/);
  t.match(errors('environment A=1\n', 'conf')[0], /here this is `env NAME=VALUE`$/);
  t.end();
});

t.test('what is said of words of other supervisors is of stanzas that there are', (t) => {
  for (const [meaning] of MEANINGS)
    for (const [, code = ''] of meaning.matchAll(/`([a-z][a-z ]*?)(?: =[^`]*)?`/g))
      t.ok(stanzaAtHead(code.split(' ')), code);
  t.end();
});

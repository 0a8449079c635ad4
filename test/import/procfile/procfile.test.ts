/** Procfiles with their variables as jobs. */
import { test } from 'tap';
import { flattenJson, parseDotenv } from '../../../src/import/dotenv.js';
import { imported } from '../imported.js';

test('.env: quotes, comments, export', (t) => {
  const { entries, ignored } = parseDotenv(
    '# note\nA=1\nexport B = "x\\n\\"y\\"" # c\nC=\'$x \\n\'\nD=a # b\nE=\nF="two\nlines"\nG=a#b\nnonsense\nH: yaml\n',
  );
  t.same(
    entries.map(({ key, value }) => [key, value]),
    [
      ['A', '1'],
      ['B', 'x\n"y"'],
      ['C', '$x \\n'],
      ['D', 'a'],
      ['E', ''],
      ['F', 'two\nlines'],
      ['G', 'a#b'],
      ['H', 'yaml'],
    ],
  );
  t.same(entries[0]!.comments, ['note']);
  t.same(
    ignored.map(({ text }) => text),
    ['nonsense'],
  );
  t.same(flattenJson({ port: 80, mysql: { host: 'h' } }), [
    ['port', '80'],
    ['mysql_host', 'h'],
  ]);
  t.end();
});

test('each process is a job, with its port and the variables of .env', (t) => {
  const files = {
    '/p/Procfile':
      '# site\n\n# the web\nweb: bundle exec puma -p $PORT\nworker:  A=1 rake jobs && echo "#done"\nrelease: rake migrate\nbad line\n',
    '/p/.env': '# secret\nKEY=\'a b\'\nPORT=3000\nTEXT="a\\nb"\n',
    '/p/.foreman': 'formation: worker=2\n',
  };
  const { jobs, texts, result } = imported(files, ['/p/Procfile']);
  t.same(Object.keys(jobs), ['web', 'worker', 'release']);
  for (const line of [
    'chdir = /p',
    'env inherit = true',
    'respawn = true',
    'start on = startup',
    'KEY = a b',
    'PORT = 3000',
  ])
    t.ok(jobs['web']!.includes(line), line);
  t.ok(
    jobs['web']!.includes('script[] = exec bundle exec puma -p $PORT') ||
      jobs['web']!.some((line) => line.includes('bundle exec puma -p $PORT')),
  );
  t.ok(jobs['web']!.includes("script[] = export TEXT='a"), 'a value of two lines is set by the shell');
  t.ok(jobs['web']!.includes('PS = web.1'));
  t.ok(jobs['worker']!.includes('instances = 2'));
  t.ok(jobs['worker']!.includes('script[] = export PORT=$((3099 + INSTANCE))'), jobs['worker']!.join('\n'));
  t.ok(jobs['worker']!.includes('script[] = export PS="worker.$INSTANCE"'));
  t.ok(jobs['worker']!.some((line) => line.endsWith('A=1 rake jobs && echo "#done"')));
  t.ok(jobs['release']!.includes('task = true'));
  t.notOk(jobs['release']!.some((line) => line.startsWith('start on')));
  t.match(texts['web'], /; the web\nscript\[\] =/);
  t.match(texts['web'], /; secret\nKEY = a b/);
  t.match(result.problems, [{ line: 7, message: /is no NAME: COMMAND/ }]);
  t.end();
});

test('another file of variables, also as JSON', (t) => {
  const files = { '/p/Procfile': 'web: run\n', '/p/e.json': '{"mysql":{"host":"h"}}' };
  t.ok(imported(files, ['/p/Procfile'], { envFile: '/p/e.json' }).jobs['web']!.includes('mysql_host = h'));
  t.match(imported(files, ['/p/Procfile'], { envFile: '/p/none' }).result.problems, [{ file: '/p/none' }]);
  t.end();
});

test('a Procfile without a process is an error, as an empty configuration of others is', (t) => {
  for (const text of ['', '# nothing yet\n\n']) {
    const { result } = imported({ '/p/Procfile': text }, ['/p/Procfile']);
    t.match(result.problems, [{ file: '/p/Procfile', message: /names no process/ }]);
  }
  t.end();
});

import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.js';
import { terminalOver } from '../../src/cli/terminal.js';

interface Printed {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function foster(...args: readonly string[]): Promise<Printed> {
  let out = '';
  let err = '';
  // commands that define themselves set the status of the process
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    const status = await main(
      args,
      terminalOver(
        { stdout: (text) => (out += String(text)), stderr: (text) => (err += text) },
        {
          env: { FOSTER_SOCKET: path('none.sock'), UPSTART_CONFDIR: path('net') },
          uid: 0,
          isTerminal: { stdout: false, stderr: false },
          escaping: 'always',
        },
      ),
    );
    return { status, out, err };
  } finally {
    process.exitCode = before;
  }
}

const directory = t.testdir({
  'good.conf': 'exec sleep 9\nrespawn limit 1 2\n',
  'bad.conf': 'exec a\nexce b\n',
  'bad.ini': 'nice = 20\nexce = b\n',
  'shell.conf': 'script\n  if\nend script\n',
  net: { 'deep.conf': 'exec a\n', 'deep.override': 'bogus\n' },
});
const path = (name: string): string => join(directory, name);

t.test('check: a good file, and what it says that does nothing', async (t) => {
  const { out, status } = await foster('check', path('good.conf'));
  t.equal(status, 0);
  t.match(out, `${path('good.conf')}:2: warning: \`respawn limit\` has no effect`);
  t.match(out, '1 job file, no errors, 1 warning\n');
});

t.test('check: every error has its file and line, and the status is 1', async (t) => {
  const { out, status } = await foster('check', path('bad.conf'), path('bad.ini'), path('missing.conf'));
  t.equal(status, 1);
  const lines = out.split('\n').map((line) => line.replace(`${directory}/`, ''));
  for (const [index, start] of [
    'bad.conf:2: Unknown stanza: found "exce"',
    'bad.ini:1: Illegal nice value: found "20", expected a whole number from -20 to 19',
    'bad.ini:2: Unknown stanza: found "exce"',
    'missing.conf: Cannot be read: ENOENT',
    '3 job files, 3 with errors',
  ].entries()) {
    t.equal(lines[index]?.slice(0, start.length), start);
  }
});

t.test('check --json: one object a file, wherever the option stands', async (t) => {
  for (const args of [
    ['check', '--json', path('good.conf'), path('bad.conf')],
    ['--json', 'check', path('good.conf'), path('bad.conf')],
  ]) {
    const { out, status } = await foster(...args);
    const [good, bad] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    t.equal(status, 1);
    t.match(good, {
      file: path('good.conf'),
      ok: true,
      class: { processes: { main: { exec: 'sleep 9' } }, respawnLimit: 1 },
    });
    t.match(bad, { ok: false, errors: [{ line: 2, message: 'Unknown stanza', nearest: 'exec' }] });
  }
});

t.test('check: a directory stands for the job files below it, with their overrides', async (t) => {
  const { out, status } = await foster('check', path('net'));
  t.equal(status, 1);
  t.match(out, `${path('net/deep.override')}:1: Unknown stanza`);
  t.match(out, '1 job file, 1 with errors');
});

t.test('check: what the shell refuses is a warning, and an error with --scripts or --strict', async (t) => {
  const warned = await foster('check', path('shell.conf'));
  t.equal(warned.status, 0);
  t.match(warned.out, `${path('shell.conf')}:2: warning: the shell refuses this script: Syntax error`);
  t.equal((await foster('check', '--strict', path('shell.conf'))).status, 1);
  const { out, status } = await foster('check', '--scripts', path('shell.conf'));
  t.equal(status, 1);
  t.match(out, `${path('shell.conf')}:2: the shell refuses this script`);
});

t.test('check --schema prints the schema', async (t) => {
  const { out } = await foster('check', '--schema');
  t.match(JSON.parse(out), { properties: { respawn: { const: true } } });
});

t.test('check without a path checks where a supervisor would look', async (t) => {
  const { out, status } = await foster('check');
  t.equal(status, 1);
  t.match(out, `${path('net/deep.override')}:1: Unknown stanza`);
  t.match(out, `1 job file, 1 with errors, 1 warning in ${path('net')}`);
});

t.test(
  'check: a job by its name, as it is printed or by its file; an unknown one by the nearest',
  async (t) => {
    for (const word of ['deep', 'deep.conf', 'deep (2)']) {
      const { out, status } = await foster('check', word);
      t.equal(status, 1, word);
      t.match(out, `${path('net/deep.override')}:1: Unknown stanza`, word);
    }
    const { out, status } = await foster('check', 'deeep');
    t.equal(status, 1);
    t.match(out, `deeep: Neither a file nor a job in ${path('net')}: did you mean "deep"?`);
  },
);

t.test('convert writes the other form, or the one that is asked for', async (t) => {
  t.match((await foster('convert', path('good.conf'))).out, /^exec = sleep 9$/m);
  t.match((await foster('convert', '--to', 'conf', path('good.conf'))).out, /^exec sleep 9$/m);
});

t.test('convert of a bad file says what is wrong with it', async (t) => {
  t.match(await foster('convert', path('bad.conf')), {
    status: 1,
    out: '',
    err: /bad\.conf:2: Unknown stanza/,
  });
});

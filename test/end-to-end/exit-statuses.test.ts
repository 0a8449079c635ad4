/** The exit statuses of a container: each cell of the table in docs/pid-one.md. */
import { readFileSync } from 'node:fs';

import t, { type Test } from 'tap';

import { mayMakeNamespaces, PidOne, scratchDirectory } from '../helpers/pid-one.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

/** The columns of the table. */
const FORMS = ['COMMAND', 'COMMAND with `--no-hand-off`', 'an essential job'] as const;
type Form = (typeof FORMS)[number];

interface Row {
  /** as in the table */
  readonly what: string;
  /** run by the shell, which the script's last command does not replace; says `ready` when it is to be stopped */
  readonly script: string;
  /** how often it gets TERM, after it has said `ready` */
  readonly stops?: number;
  /** what the table says in each column, and the status that this script gives by it */
  readonly cells: readonly (readonly [text: string, status: number])[];
}

const all = (text: string, status: number): Row['cells'] => FORMS.map(() => [text, status]);

const LEFT = `sh -c 'trap "exit 9" TERM; sleep 0.7; exit 6'`;
const ROWS: readonly Row[] = [
  { what: 'exits with N', script: 'exit 3', cells: all('N', 3) },
  {
    what: 'exits with N, not 0, and leaves processes behind',
    script: 'sleep 1000 & setsid sleep 1000 & sleep 0.2; exit 4',
    cells: all('N', 4),
  },
  {
    what: 'exits with 0, and leaves a process in its session',
    script: `${LEFT} & exit 0`,
    cells: [
      ['0', 0],
      ['0', 0],
      ['the status of that process', 6],
    ],
  },
  {
    what: 'exits with 0, and leaves a process in a session of its own',
    script: `setsid ${LEFT} & sleep 0.2; exit 0`,
    cells: [
      ['the status of that process', 6],
      ['0', 0],
      ['the status of that process', 6],
    ],
  },
  {
    what: 'exits with 0, and the process that it leaves behind is killed with it',
    script: 'setsid setpriv --pdeathsig KILL sleep 1000 & sleep 0.3; exit 0',
    cells: all('0', 0),
  },
  { what: 'is killed by signal N', script: 'kill -QUIT $$', cells: all('128 + N', 128 + 3) },
  {
    what: 'is killed by TERM, at a stop',
    script: 'echo ready; sleep 1000 & wait',
    stops: 1,
    cells: all('143', 143),
  },
  {
    what: 'exits with N on TERM, at a stop',
    script: 'trap "exit 5" TERM; echo ready; sleep 1000 & wait',
    stops: 1,
    cells: all('N', 5),
  },
  {
    what: 'ignores TERM, and is killed at the end of the stop budget',
    script: 'trap "" TERM; echo ready; sleep 1000',
    stops: 1,
    cells: all('137', 137),
  },
  {
    what: 'is a shell loop that ignores TERM',
    script: 'trap "" TERM; echo ready; while :; do sleep 0.01; done',
    stops: 1,
    cells: all('137', 137),
  },
  {
    what: 'ignores TERM, and a second TERM comes',
    script: 'trap "echo asked" TERM; echo ready; while :; do sleep 1000 & wait; done',
    stops: 2,
    cells: all('137', 137),
  },
];

function start(t: Test, form: Form, script: string, budget: number): PidOne {
  const args = ['--stop-budget', String(budget)];
  if (form === 'an essential job') {
    const text = `start on startup\nessential\nconsole output\nscript\n  set +e\n  ${script}\nend script\n`;
    return new PidOne(t, scratchDirectory(t), { args, jobs: { 'main.conf': text } });
  }
  const more = form === 'COMMAND' ? [] : ['--no-hand-off'];
  return new PidOne(t, scratchDirectory(t), { args: [...args, ...more], command: ['sh', '-c', script] });
}

for (const { what, script, stops = 0, cells } of ROWS) {
  for (const [column, [, expected]] of cells.entries()) {
    const form = FORMS[column]!;
    t.test(`${form} ${what}`, async (t) => {
      const init = start(t, form, script, stops === 2 ? 60 : 1);
      for (const word of [/ready/, /asked/].slice(0, stops)) {
        await init.untilOut(word);
        init.signal('SIGTERM');
      }
      const { status, err } = await init.ended;
      t.equal(status, expected, err);
    });
  }
}

t.test('one that is still there when the budget is over has been killed', async (t) => {
  for (const form of FORMS) {
    const init = start(t, form, 'trap "" TERM; echo ready; while :; do sleep 0.01; done', 0);
    await init.untilOut(/ready/);
    init.signal('SIGTERM');
    t.equal((await init.ended).status, 137, form);
  }
});

t.test('one that cannot be started', async (t) => {
  for (const [column, form] of FORMS.entries()) {
    const options =
      form === 'an essential job'
        ? { jobs: { 'main.conf': 'start on startup\nessential\nexec /nonexistent/program\n' } }
        : { args: column === 1 ? ['--no-hand-off'] : [], command: ['/nonexistent/program'] };
    t.equal((await new PidOne(t, scratchDirectory(t), options).ended).status, 127, form);
  }
});

t.test('the table has these rows', (t) => {
  const page = readFileSync(new URL('../../../docs/pid-one.md', import.meta.url), 'utf8');
  const rows = [
    ...ROWS.map(({ what, cells }) => [what, ...cells.map(([text]) => text)]),
    ['cannot be started', '127', '127', '127'],
  ];
  const table = page.split(`| the main process | ${FORMS.join(' | ')} |\n`)[1]?.split('\n\n')[0];
  const found = table?.split('\n').slice(1);
  t.same(
    found,
    rows.map((cells) => `| ${cells.join(' | ')} |`),
  );
  t.end();
});

import t from 'tap';
import type { CommandSpec } from '../../src/cli/command-spec.js';
import { COMMANDS } from '../../src/cli/command-table.js';
import { fits, readInOrder } from '../../src/cli/fast-lane.js';
import { Invocation } from '../../src/cli/invocation.js';
import { terminalOver } from '../../src/cli/terminal.js';
import { runProgram } from '../../src/cli/program.js';

const terminal = terminalOver(
  { stdout: () => undefined, stderr: () => undefined },
  { env: {}, uid: 0, isTerminal: { stdout: false, stderr: false }, escaping: 'always' },
);

function specOf(name: string): CommandSpec {
  return COMMANDS.find((spec) => spec.name === name)!;
}

/** What a command line means to a command, as far as it can ask. */
function meaning(
  spec: CommandSpec,
  words: readonly string[],
  has: (name: string) => boolean,
  values: (name: string) => readonly string[],
) {
  const names = [...Object.keys(spec.options), 'json', 'socket'];
  return {
    words,
    given: names.filter(has),
    values: Object.fromEntries(names.map((name) => [name, values(name)])),
  };
}

t.test('reads a line as commander does', async (t) => {
  const lines = [
    'status',
    'status a b --json',
    'status --json a --socket /x',
    'start a N=1 --no-wait --timeout 3 --instance x',
    'restart --reload a',
    'log -f -n 5 a',
    'log -fn5 a --lines=7',
    'events --type event --type state --job a --pending',
    'events',
    'emit e A=1 B=2 --no-wait',
    'init --confdir /a --confdir /b --no-startup-event --user',
    'init --startup-event go --tracker procfs -- nginx -g daemon',
    'init --',
    'init --no-log --stop-budget 3 -- sh -c true --json',
    'health --level ready',
    'show-config -e',
    'version --client',
  ];
  for (const line of lines) {
    const [name, ...args] = line.split(' ');
    const spec = specOf(name!);
    const read = readInOrder(spec, args);
    if (read === undefined) {
      t.fail(`${line} is in order`);
      continue;
    }
    let seen: Invocation | undefined;
    const spy: CommandSpec = {
      ...spec,
      load: () =>
        Promise.resolve((invocation: Invocation) => {
          seen = invocation;
          return Promise.resolve(0);
        }),
    };
    await runProgram([name!, ...args], terminal, [{ title: 'All', commands: [spy] }]);
    const asRead = new Invocation(terminal, read.words, read.options);
    const [quick, slow] = [asRead, seen!].map((invocation) =>
      meaning(
        spec,
        invocation.words,
        (option) => invocation.has(option),
        (option) => invocation.values(option),
      ),
    );
    t.same(quick, slow, line);
  }
});

t.test('leaves what is not in order to commander', (t) => {
  for (const line of [
    'status --bogus',
    'status --help',
    'start',
    'version now',
    'start a --timeout',
    'events --type foo',
    'list --json=yes',
  ]) {
    const [name, ...args] = line.split(' ');
    t.equal(readInOrder(specOf(name!), args), undefined, line);
  }
  t.end();
});

t.test('counts operands', (t) => {
  t.same(
    [
      fits('', 0),
      fits('', 1),
      fits('<a>', 0),
      fits('<a>', 1),
      fits('<a>', 2),
      fits('<a> [b...]', 5),
      fits('[a...]', 0),
    ],
    [true, false, false, true, false, true, true],
  );
  t.end();
});

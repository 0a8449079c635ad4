/** The form of systemd.exec(5), "EnvironmentFile"; the quoting of each case is what systemd 252 makes of it. */
import { test } from 'tap';
import { parseEnvFile } from '../../src/jobfile/env-file.js';

const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['A=1\nB=two words\n', ['A=1', 'B=two words']],
  ['# comment\n ; another\n\n\tA=1', ['A=1']],
  ['# a comment is not continued \\\nA=1\n', ['A=1']],
  ['A=1 # no comment\n', ['A=1 # no comment']],
  ['A = 1\n', ['A=1']],
  ['A=  1 \t \nB=\nC=""\n', ['A=1', 'B=', 'C=']],
  ['A=\'it stands: \\n $HOME "x"\'\n', ['A=it stands: \\n $HOME "x"']],
  ['A="a \\"b\\" \\\\ \\$c \\`d \\n"\n', ['A=a "b" \\ $c `d \\n']],
  ['A="two\nlines"\nB=1\n', ['A=two\nlines', 'B=1']],
  ["A='two\nlines'\n", ['A=two\nlines']],
  ['A=one \\\n  two\nB=1\n', ['A=one   two', 'B=1']],
  ['A="one \\\ntwo"\n', ['A=one two']],
  ['A=a\\ b\\\\c\\nd\n', ['A=a b\\cnd']],
  ['A=ends\\ \n', ['A=ends ']],
  ['A="one"\'two\'three\n', ['A=onetwothree']],
  ['A="one" "two"\n', ['A=onetwo']],
  ['A=it\'s "here"\n', ['A=it\'s "here"']],
  ['A=x=y\n', ['A=x=y']],
  ['A=1\r\nB="2"\r\n', ['A=1', 'B=2']],
  ['A=1\nA=2\n', ['A=1', 'A=2']],
  ['A=$B ${C}\n', ['A=$B ${C}']],
  ['A=#1\n', ['A=#1']],
  ['', []],
];

test('values are read as systemd reads them', (t) => {
  for (const [text, variables] of CASES) {
    const file = parseEnvFile(text);
    t.same(file, { variables, remarks: [] }, JSON.stringify(text));
  }
  t.end();
});

test('a line that is no assignment is passed over, and said', (t) => {
  const { variables, remarks } = parseEnvFile('A=1\nexport B=2\nnonsense\n3C=4\n\nD="x\ny"\n-E=1\nF=2');
  t.same(variables, ['A=1', 'D=x\ny', 'F=2']);
  t.match(remarks, [
    { line: 2, message: /"export B" is no name of a variable \(the file is no shell script: write `B=/ },
    { line: 3, message: '"nonsense" has no `=`, the line is passed over' },
    { line: 4, message: /"3C" is no name/ },
    { line: 8, message: /"-E" is no name/ },
  ]);
  t.end();
});

test('a quote that nobody closes takes the rest of the file, and is said', (t) => {
  for (const quote of ["'", '"']) {
    const { variables, remarks } = parseEnvFile(`A=1\nB=${quote}x\nC=3\n`);
    t.same(variables, ['A=1', 'B=x\nC=3\n']);
    t.match(remarks, [{ line: 2, message: /the quote of B is not closed/ }]);
  }
  t.end();
});

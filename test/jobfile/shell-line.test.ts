import fc from 'fast-check';
import t from 'tap';
import { shellLine } from '../../src/jobfile/shell-line.js';

function operators(text: string): readonly string[] {
  return shellLine(text).operators.map(({ operator, next }) => `${operator} ${next ?? ''}`.trim());
}

t.test('operators are found outside of quotes, substitutions and redirections', (t) => {
  t.strictSame(operators('a && b || c; d | e & f'), ['&& b', '|| c', '; d', '| e', '& f']);
  t.strictSame(operators(`a '&&' "| ;" \\; $(b; c | d) \${x:-a|b} \`e; f\``), []);
  t.strictSame(operators('a >b 2>&1 <c >>d >|e >& f &>g'), []);
  t.strictSame(operators('a "$(b "c;d" | e)" ; f'), ['; f']);
  t.strictSame(operators('a ; # b; c'), [';']);
  t.strictSame(operators('a; (b)'), ['; (']);
  t.end();
});

t.test('variables before a command are not words of it', (t) => {
  t.match(shellLine('A=1 B="x y" cmd C=2 d'), {
    assignments: ['A=1', 'B="x y"'],
    words: ['cmd', 'C=2', 'd'],
    commandAt: 12,
  });
  t.match(shellLine('2>/dev/null cmd'), { assignments: [], words: ['cmd'] });
  t.match(shellLine('cmd 2>x y'), { words: ['cmd', 'y'] });
  t.end();
});

t.test('what no program begins with is compound', (t) => {
  for (const text of ['(a)', '{ a; }', '! a', 'if a; then b; fi', 'while :; do a; done'])
    t.equal(shellLine(text).isCompound, true, text);
  t.equal(shellLine('a (b)').isCompound, false);
  t.end();
});

t.test('any text at all has a result', (t) => {
  const piece = fc.constantFrom(...'\'"`$(){}\\|&;<># a=2\t'.split(''), '$(', '${', '&&', 'A=1 ');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const { commandAt } = shellLine(pieces.join(''));
      return commandAt >= 0;
    }),
  );
  t.end();
});

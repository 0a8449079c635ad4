import { test } from 'tap';
import { hasManual, withManual, withoutManual } from '../../../src/supervisor/config/manual-stanza.js';

test('manual goes behind everything else, and away again', (t) => {
  t.equal(withManual(''), 'manual\n');
  t.equal(withManual('env A=1'), 'env A=1\nmanual\n');
  t.equal(withoutManual('manual\n'), '');
  t.equal(withoutManual('env A=1\n  manual # for now\nenv B=2\n'), 'env A=1\nenv B=2\n');
  t.end();
});

test('what a shell is given is left alone', (t) => {
  const text = 'pre-start script\nmanual\nend script\n';
  t.notOk(hasManual(text));
  t.equal(withoutManual(`${text}manual\n`), text);
  t.notOk(hasManual('description "manual"\n# manual\n'));
  t.end();
});

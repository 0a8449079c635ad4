import t from 'tap';
import { placementOf } from '../../../src/rules/placement.js';
import { levelsOf } from '../../../src/rules/templates/levels.js';
import { HYBRID, NAMES, rules, subject } from '../support.js';

const levels = (destination: string) => {
  const who = subject(1001, '/usr/bin/make');
  const [place] = placementOf(rules(`ann cpu ${destination}\n`)[0]!, who, NAMES, HYBRID).places;
  return levelsOf(place!, who, NAMES).map(({ name, path }) => `${name} -> ${path}`);
};

t.test('every group on the way has the name that a template may have', (t) => {
  t.same(levels('/students//%u/x-%U/'), [
    'students -> students',
    'students/%u -> students/ann',
    'students/%u/x-%U -> students/ann/x-1001',
  ]);
  t.end();
});

t.test('a substitution may be several groups deep', (t) => {
  t.same(levels('by/%p'), ['by -> by', 'by/%p -> by/usr/bin/make']);
  t.end();
});

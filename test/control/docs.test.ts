import { readFileSync } from 'node:fs';
import t from 'tap';
import { ROUTES } from '../../src/control/routes/index.js';

t.test('docs/control.md lists every route with who may use it, and no other', (t) => {
  const text = readFileSync(new URL('../../../docs/control.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `([A-Z]+ \/v1\S*)` \| (\w+) \|/gm)].map(
    ([, route, access]) => `${route!} ${access!}`,
  );
  const served = ROUTES.map(
    ({ method, path, access }) => `${method} ${path.replace(':name', 'NAME')} ${access}`,
  );
  t.same(documented.sort(), served.sort());
  t.end();
});

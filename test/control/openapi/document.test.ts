/** The OpenAPI description: it is one, it names every request, and a supervisor answers as it says. */
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { test } from 'tap';
import { OPERATIONS } from '../../../src/control/openapi/operations.js';
import { ROUTES } from '../../../src/control/routes/index.js';
import { misfitsOf } from '../../helpers/schemas.js';
import { Supervisor } from '../../helpers/supervisor.js';

/** What `npm run docs` has written; the linter compares it with the routes. */
const document = JSON.parse(
  readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

test('it is an OpenAPI 3.1 document', async (t) => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  t.ok(valid, JSON.stringify(errors));
});

test('it describes what is served, and nothing else', (t) => {
  const served = ROUTES.map(({ method, path }) => `${method} ${path.replace(':name', '{name}')}`);
  t.same(Object.keys(OPERATIONS).sort(), served.sort());
  t.end();
});

test('names of operations are unique', (t) => {
  const ids = Array.from(JSON.stringify(document).matchAll(/"operationId":"(\w+)"/g), ([, id]) => id);
  t.equal(new Set(ids).size, ROUTES.length);
  t.end();
});

test('a supervisor answers each question as it is described', async (t) => {
  const supervisor = await Supervisor.start(t, { 'nap.ini': 'exec = sleep 1000\nrespawn = yes\n' });
  await supervisor.cli('start', 'nap');
  for (const [request, { answer }] of Object.entries(OPERATIONS)) {
    const [method, path = ''] = request.split(' ');
    if (method !== 'GET' || answer.kind !== 'json') continue;
    const body = await supervisor.client.request(path.replace('{name}', 'nap'));
    t.same(misfitsOf(answer.schema, body), [], request);
  }
});

test('a command takes the described fields, and answers as described', async (t) => {
  const supervisor = await Supervisor.start(t, { 'nap.ini': 'exec = sleep 1000\n' });
  for (const verb of ['start', 'restart', 'stop']) {
    const operation = OPERATIONS[`POST /v1/jobs/{name}/${verb}`]!;
    const body = {
      env: ['A=1'],
      wait: 'settled',
      dialect: 'foster',
      fresh: false,
      force: false,
      timeout: 30_000,
      watch: 0,
    };
    for (const [field, value] of Object.entries(body))
      t.same(misfitsOf(operation.body![field]!, value), [], field);
    const answer = await supervisor.client.request(`/v1/jobs/nap/${verb}`, { method: 'POST', body });
    t.same(
      operation.answer.kind === 'json' ? misfitsOf(operation.answer.schema, answer) : 'no JSON',
      [],
      verb,
    );
  }
});

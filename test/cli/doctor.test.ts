import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import t from 'tap';
import type { DoctorReport } from '../../src/supervisor/doctor/report.js';
import { serve } from '../control/serve.js';
import { runFoster as run } from './run-foster.js';

interface Validator {
  (value: unknown): boolean;
  errors?: unknown;
}
const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as {
  Ajv2020: new (options: object) => { compile(schema: object): Validator };
};
const schema = new URL('../../../docs/doctor.schema.json', import.meta.url);
const fits = new Ajv2020({ strict: true, strictTypes: false }).compile(
  JSON.parse(readFileSync(schema, 'utf8')) as object,
);

t.test('without a supervisor, doctor says why none answers and examines the rest', async (t) => {
  const { status, out } = await run({ path: '/nonexistent/foster.sock' }, ['doctor', '--json']);
  t.equal(status, 0);
  const report = JSON.parse(out) as DoctorReport;
  t.ok(fits(report), 'docs/doctor.schema.json', { errors: fits.errors });
  t.match(report.supervisor, { running: false, reason: /no such socket/ });
  t.ok(
    report.sources.some(({ name, test }) => name === 'procfs' && test.works),
    'procfs works everywhere',
  );
  t.notOk(fits({ ...report, surprise: 1 }), 'the schema refuses a field that it does not know');
});

t.test('with a supervisor, doctor names it and its tracker', async (t) => {
  const served = await serve(t);
  const report = JSON.parse((await run(served, ['doctor', '--json'])).out) as DoctorReport;
  t.ok(fits(report), 'docs/doctor.schema.json', { errors: fits.errors });
  const { pid, tracker, version } = served.api.report();
  t.strictSame(report.supervisor, { running: true, version, pid, tracker });
});

t.test(
  'for people, every source stands on a line of its own, with the remedy where it does not work',
  async (t) => {
    const served = await serve(t);
    const { out } = await run(served, ['doctor']);
    const report = JSON.parse((await run(served, ['doctor', '--json'])).out) as DoctorReport;
    const lines = out.split('\n');
    for (const { name, test } of report.sources) {
      const said = test.works ? `  yes  ${name}: ${test.detail}` : `  no   ${name}: ${test.reason}`;
      t.ok(lines.includes(said), said);
      if (!test.works) t.ok(lines.includes(`       what would help: ${test.remedy}`), test.remedy);
    }
  },
);

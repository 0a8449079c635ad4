import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { checkText } from '../../../src/jobfile/check.js';
import { nearestWord } from '../../../src/jobfile/stanzas/nearest-word.js';
import { referencePage } from '../../../src/jobfile/stanzas/reference-page.js';
import { jobClassSchema } from '../../../src/jobfile/stanzas/schema.js';
import { STANZAS } from '../../../src/jobfile/stanzas/table.js';
import { classToJson } from '../../../src/jobfile/job-class/to-json.js';
import { readCorpus, WHY_SKIPPED } from '../corpus.js';

const validate = new Ajv({ strictTuples: false, allowUnionTypes: true }).compile(jobClassSchema());

t.test('no two stanzas have one name', (t) => {
  const names = STANZAS.map(({ name }) => name);
  t.strictSame(new Set(names).size, names.length);
  t.end();
});

t.test('docs/stanzas.md is what the table says (npm run build && node scripts/stanzas-page.js)', (t) => {
  const page = fileURLToPath(new URL('../../../../docs/stanzas.md', import.meta.url));
  t.equal(readFileSync(page, 'utf8'), referencePage());
  t.end();
});

/** One line of each stanza, and of each way to write it. */
const EVERYTHING = `description a
author a
version 1
usage a
emits a b*
start on a b C=d and (e or f G!=h)
stop on a
requires a
after b
schedule @daily
instance $X
task
essential
expect fork
start timeout 5
pid file /run/a
env A=1
env inherit
export A
user environment
exec a
pre-start script
  b
end script
timeout pre-start 5
respawn
respawn limit 1 2
respawn delay 1 2 3
normal exit 0 TERM
kill signal 37
kill timeout 6
kill mode main
reload signal USR1
console output json
log size 1
log count 1
umask 077
nice 5
oom score 5
limit core 0 unlimited
chroot /
chdir /
setuid a
setgid a
apparmor load a
apparmor switch a
`;

t.test('the schema accepts whatever the stanzas say', (t) => {
  for (const ready of ['auto', 'fd 3', 'port 80', 'path /a', 'log a', 'notify']) {
    const checked = checkText(`${EVERYTHING}ready ${ready}\n`, 'foo', 'conf');
    t.ok(checked.ok && validate(classToJson(checked.class)), ready, { errors: validate.errors });
  }
  const ini = checkText('cgroup = memory limit 5\ndebug\n', 'foo', 'ini');
  t.ok(ini.ok && validate(classToJson(ini.class)), 'debug and cgroup', { errors: validate.errors });
  t.end();
});

t.test('the schema knows every field', (t) => {
  t.notOk(validate({ nonsense: 1 }));
  t.notOk(validate({ nice: 20 }));
  t.notOk(validate({ processes: { main: { exec: 'a', script: 'b' } } }));
  t.end();
});

t.test('the schema accepts every real job', { skip: readCorpus() ? false : WHY_SKIPPED }, (t) => {
  for (const { name, text } of readCorpus() ?? []) {
    const checked = checkText(text, 'job', 'conf');
    if (checked.ok) t.ok(validate(classToJson(checked.class)), name, { errors: validate.errors });
  }
  t.end();
});

t.test('the nearest word has few mistakes', (t) => {
  const known = ['exec', 'expect', 'export', 'respawn', 'description'];
  t.equal(nearestWord('exce', known), 'exec');
  t.equal(nearestWord('discription', known), 'description');
  t.equal(nearestWord('RESPAWN', known), 'respawn');
  t.equal(nearestWord('frobnicate', known), undefined);
  t.equal(nearestWord('x'.repeat(100_000), known), undefined);
  t.end();
});

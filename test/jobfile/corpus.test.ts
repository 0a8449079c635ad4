import t from 'tap';
import { checkText } from '../../src/jobfile/check.js';
import { convert } from '../../src/jobfile/convert.js';
import { classToJson } from '../../src/jobfile/job-class/to-json.js';
import { readCorpus, WHY_SKIPPED } from './corpus.js';
import { withoutSource } from './same-class.js';

const corpus = readCorpus();

t.test(
  'real job files are understood as Upstart 1.13.2 understands them',
  { skip: corpus ? false : WHY_SKIPPED },
  (t) => {
    for (const { name, text, verdict } of corpus ?? []) {
      const checked = checkText(text, 'job', 'conf');
      if (checked.ok) {
        t.strictSame(
          { ok: true, class: classToJson(checked.class) },
          { ok: verdict.ok, class: verdict.class },
          name,
        );
        continue;
      }
      const [first] = checked.errors;
      t.equal(verdict.ok, false, `${name} is refused`);
      t.equal(first.message, verdict.error, `${name} is refused in Upstart's words`);
      // Upstart gives no line for an illegal signal name
      if (typeof verdict.line === 'number')
        t.equal(first.line, verdict.line, `${name} is refused in its line`);
    }
    t.end();
  },
);

t.test(
  'real job files survive conversion to the other form and back',
  { skip: corpus ? false : WHY_SKIPPED },
  (t) => {
    for (const { name, text } of corpus ?? []) {
      const original = checkText(text, 'job', 'conf');
      if (!original.ok) continue;
      const ini = checkText(convert(original.class, 'ini'), 'job', 'ini');
      t.strictSame(
        ini.ok ? withoutSource(ini.class) : ini.errors,
        withoutSource(original.class),
        `${name} as .ini`,
      );
      const conf = checkText(convert(original.class, 'conf'), 'job', 'conf');
      t.strictSame(
        conf.ok ? withoutSource(conf.class) : conf.errors,
        withoutSource(original.class),
        `${name} as .conf`,
      );
    }
    t.end();
  },
);

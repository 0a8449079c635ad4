/** The pages on moving to foster: what they show is what an import makes. */
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { imported } from './imported.js';

const DOCS = new URL('../../../docs/', import.meta.url);
const EXAMPLE =
  /^`([^`\n]+)`:\n\n```\w+\n([\s\S]*?)^```\n\nbecomes `([^`\n]+)\.ini`:\n\n```ini\n([\s\S]*?)^```$/gm;

test('each example of the pages is what the import makes of it', (t) => {
  let examples = 0;
  for (const page of readdirSync(DOCS).filter((name) => name.startsWith('moving-from-'))) {
    for (const [, file = '', source = '', job = '', text = ''] of readFileSync(
      new URL(page, DOCS),
      'utf8',
    ).matchAll(EXAMPLE)) {
      const path = `/srv/app/${file}`;
      const made = imported({ [path]: source }, [path]).texts[job];
      t.equal(made?.replace('/srv/app/', ''), text, page);
      examples += 1;
    }
  }
  t.equal(examples, 5);
  t.end();
});

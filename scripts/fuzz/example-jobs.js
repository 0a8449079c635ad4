/** The example job files, each in both forms: what damaged job files are made of. */
import { readdirSync, readFileSync } from 'node:fs';
import { checkText } from '../../build/src/jobfile/check.js';
import { convert } from '../../build/src/jobfile/convert.js';

const JOBS = new URL('../../jobs/', import.meta.url);

const read = readdirSync(JOBS)
  .filter((name) => /\.(conf|ini)$/.test(name))
  .map((name) => ({
    syntax: name.endsWith('.ini') ? 'ini' : 'conf',
    text: readFileSync(new URL(name, JOBS), 'utf8'),
  }));
const converted = read.map(({ syntax, text }) => {
  const checked = checkText(text, 'job', syntax);
  const other = syntax === 'ini' ? 'conf' : 'ini';
  return { syntax: other, text: convert(checked.class, other) };
});

export const exampleJobs = [...read, ...converted];
export const lines = [
  ...new Set(exampleJobs.flatMap(({ text }) => text.split('\n').map((line) => `\n${line}\n`))),
];

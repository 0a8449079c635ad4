// Writes docs/openapi.json from the routes of the control socket: npm run build && node scripts/openapi.js
// With --check it writes nothing, and ends with status 1 when the file is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from '../build/src/control/openapi/document.js';
import { ROUTES } from '../build/src/control/routes/index.js';

const FILE = new URL('../docs/openapi.json', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const DOCS = new URL('../docs/', import.meta.url);
const ENDING = '.schema.json';
const names = readdirSync(DOCS).filter((name) => name.endsWith(ENDING));
const schemas = Object.fromEntries(
  names
    .sort()
    .map((name) => [name.slice(0, -ENDING.length), JSON.parse(readFileSync(new URL(name, DOCS), 'utf8'))]),
);
const options = { ...(await resolveConfig(FILE)), parser: 'json' };
const text = await format(JSON.stringify(openApiDocument(ROUTES, version, schemas)), options);

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('docs/openapi.json is out of date: npm run docs');
  process.exitCode = 1;
}

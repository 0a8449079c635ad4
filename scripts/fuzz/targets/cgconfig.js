/**
 * cgconfig.conf(5): damaged templates and blocks in blocks, however deep. Nothing throws, errors stand in a line that is there, and
 * a template that was read is read again from how it is written.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parseTemplates } from '../../../build/src/rules/templates/parse.js';
import { DATABASE } from '../../../build/test/rules/support.js';
import { damaged, oddText } from '../words.js';

const texts = [
  'template a/%u {\n  perm { task { uid = ann; gid = students; fperm = 660; } admin { uid = root; dperm = 750; fperm = 640; } }\n  cpu { cpu.shares = "512"; }\n}\n',
  'mount { cpu = /cg; }\ngroup x { perm { } cpu { a = b; } }\ndefault { perm { } }\ntemplate b { memory { } cpu { x = y } }\n',
];
const token = fc.oneof(
  fc.constantFrom(
    'template',
    'group',
    'mount',
    'default',
    'perm',
    'task',
    'admin',
    'uid',
    'fperm',
    '=',
    '640',
    '{',
    '}',
    ';',
    '"',
    '#',
    '\n',
    '\n*',
    'ann',
    'cpu',
  ),
  oddText,
);

export const target = {
  input: fc.oneof(
    damaged(texts, texts),
    fc.array(token, { maxLength: 30 }).map((tokens) => tokens.join(' ')),
    // blocks in blocks: recursion would run out of stack
    fc
      .tuple(fc.constantFrom('group x ', 'template x ', 'template x { perm '), fc.nat({ max: 20_000 }))
      .map(([head, depth]) => head + '{'.repeat(depth)),
  ),
  examine(text) {
    const { templates, errors } = parseTemplates(text, 'f', DATABASE);
    const last = text.split('\n').length;
    for (const { line, message } of errors)
      if (line < 1 || line > last || message === '') throw new Error(`line ${line} of ${last}: ${message}`);
    const printed = templates.map(print).join('');
    if (printed.includes('\0unprintable')) return true;
    const again = parseTemplates(printed, 'f', DATABASE);
    if (again.errors.length > 0 || !isDeepStrictEqual(meaning(again.templates), meaning(templates)))
      throw new Error(`it is not read again: ${JSON.stringify(again.errors)}\n${printed}`);
    return templates.length > 0;
  },
};

function meaning(templates) {
  return templates.map(({ name, task, admin, controllers }) => ({
    name,
    task: access(task),
    admin: access(admin),
    controllers: [...controllers].map(([controller, parameters]) => [
      controller,
      parameters.map(({ file, value }) => [file, value]),
    ]),
  }));
}

function access(of) {
  return of && { uid: of.uid, gid: of.gid, fileMode: of.fileMode, directoryMode: of.directoryMode };
}

function print({ name, task, admin, controllers }) {
  const perm = [
    ['task', task],
    ['admin', admin],
  ].flatMap(([who, of]) => (of === undefined ? [] : `${who} { ${assignments(of)} }`));
  const blocks = [...controllers].map(
    ([controller, parameters]) =>
      `${quote(controller)} { ${parameters.map(({ file, value }) => `${quote(file)} = ${quote(value)};`).join(' ')} }`,
  );
  return `template ${quote(name)} { ${perm.length > 0 ? `perm { ${perm.join(' ')} }` : ''} ${blocks.join(' ')} }\n`;
}

function assignments({ uid, gid, fileMode, directoryMode }) {
  const octal = (mode) => mode?.toString(8);
  return Object.entries({ uid, gid, fperm: octal(fileMode), dperm: octal(directoryMode) })
    .flatMap(([key, value]) => (value === undefined ? [] : `${key} = ${value};`))
    .join(' ');
}

const quote = (text) => `"${text}"`;

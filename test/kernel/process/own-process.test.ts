import { test } from 'tap';

import { replaceProgram } from '../../../src/kernel/process/own-process.js';
import { result, start, Lines } from '../support.js';

const module = new URL('../../../src/kernel/process/own-process.js', import.meta.url).href;

/** Says its pid, then becomes a shell that says its own, through the descriptor that it kept. */
const PROGRAM = `
  import { writeSync, openSync } from 'node:fs';
  import { replaceProgram } from ${JSON.stringify(module)};
  writeSync(3, process.pid + '\\n');
  openSync('/dev/null', 'r');
  replaceProgram({ path: '/bin/sh', argv: ['sh', '-c', 'echo "$$ $WORD" >&3; exec sh -c "exit 7"'], env: ['WORD=kept'], keep: [3] });
`;

test('another program takes over with the same pid and the descriptors that were kept', async (t) => {
  const lines = new Lines(t);
  const argv = ['node', '--input-type=module', '-e', PROGRAM];
  const pid = start(process.execPath, argv, { descriptors: [lines.writer] });
  t.equal(await lines.next(), String(pid));
  t.equal(await lines.next(), `${pid} kept`);
  t.strictSame(await result(pid), { status: 7 });
});

test('a program that is not there is named, and the old one goes on', (t) => {
  t.throws(() => replaceProgram({ path: '/nonexistent/foster', argv: ['foster'], env: [], keep: [] }), {
    code: 'ENOENT',
    message: /^re-execute \/nonexistent\/foster: /,
  });
  t.end();
});

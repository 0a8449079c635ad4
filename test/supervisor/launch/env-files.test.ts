import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import type { LaunchRequest } from '../../../src/supervisor/launch/launch-request.js';
import { bench, failsWith, main, PATH } from '../support/launch-bench.js';

const SHOW = { script: 'echo "${A-unset} ${B-unset}"' };

function place(t: Test) {
  const warnings: string[] = [];
  const made = bench(t, { warn: (job, text) => warnings.push(`${job.name}: ${text}`) });
  const file = join(made.directory, 'app.env');
  const start = (request: Partial<LaunchRequest>) =>
    made.launcher.launch({
      job: { name: 'job', instance: '' },
      process: 'main',
      env: [PATH],
      ...request,
    } as LaunchRequest);
  return { ...made, warnings, file, start };
}

test('variables of a file are there at each start, as the file is then', async (t) => {
  const { run, file } = place(t);
  const request = main(SHOW, { envFiles: [file] });
  for (const value of ['one', 'two']) {
    writeFileSync(file, `A="${value}"\n`);
    t.equal((await run(request)).output, `${value} unset\n`);
  }
});

test('a file replaces `env`, a later file an earlier one, and what an event or a command says replaces all', async (t) => {
  const { run, file } = place(t);
  const other = `${file}.2`;
  writeFileSync(file, 'A=file\nB=file\n');
  writeFileSync(other, 'B=other\n');
  const request = main(SHOW, { env: ['A=stanza', 'B=stanza'], envFiles: [file, other] });
  t.equal((await run({ ...request, env: [PATH, 'A=stanza', 'B=stanza'] })).output, 'file other\n');
  t.equal((await run({ ...request, env: [PATH, 'A=command', 'B=stanza'] })).output, 'command other\n');
});

test('the path may have variables of the job in it', async (t) => {
  const { run, file, start } = place(t);
  writeFileSync(`${file}.7`, 'A=seven\n');
  const request = { ...main(SHOW, { envFiles: [`${file}.$N`] }), env: [PATH, 'N=7'] };
  t.equal((await run(request)).output, 'seven unset\n');
  failsWith(t, () => start({ ...request, env: [PATH] }), {
    reason: 'unable to read environment file',
    hint: /Unknown parameter: N/,
  });
});

test('a file that is missing fails the start, unless it may be', async (t) => {
  const { run, file, start } = place(t);
  failsWith(t, () => start(main(SHOW, { envFiles: [file] })), {
    reason: 'unable to read environment file: No such file or directory',
    hint: new RegExp(file),
  });
  t.equal((await run(main(SHOW, { envFiles: [`-${file}`] }))).output, 'unset unset\n');
  writeFileSync(file, 'A=1\n');
  t.equal((await run(main(SHOW, { envFiles: [`-${file}`] }))).output, '1 unset\n');
  rmSync(file);
  t.equal((await run(main(SHOW, { envFiles: [`-${file}`] }))).output, 'unset unset\n');
});

test('what is no file of text fails the start at once', (t) => {
  const { file, start } = place(t);
  failsWith(t, () => start(main(SHOW, { envFiles: ['/dev/zero'] })), { hint: /a device/ });
  writeFileSync(file, Buffer.from([0x41, 0x3d, 0xff, 0x0a]));
  failsWith(t, () => start(main(SHOW, { envFiles: [file] })), { hint: /not text in UTF-8/ });
  t.end();
});

test('a line that is passed over is said once, not at each respawn', async (t) => {
  const { run, file, warnings } = place(t);
  const request = main(SHOW, { envFiles: [file] });
  writeFileSync(file, 'A=1\nexport B=2\n');
  await run(request);
  await run(request);
  t.match(warnings, [new RegExp(`^job: ${file}:2: "export B" is no name`)]);
  writeFileSync(file, 'A=1\nnonsense\n');
  await run(request);
  t.equal(warnings.length, 2);
});

test('variables of files are for the security process no more than other attributes', async (t) => {
  const { run, file } = place(t);
  writeFileSync(file, 'A=1\n');
  const { class: jobClass } = main(SHOW, { envFiles: [file] });
  const request = { class: { ...jobClass, processes: { security: SHOW } }, process: 'security' as const };
  t.equal((await run(request)).output, 'unset unset\n');
});

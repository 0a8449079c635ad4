/**
 * Reads TAP and prints what a person wants of it: a line for each test file, every failure in full, what was skipped and
 * why, and as the last line `N passed, N failed`. The exit status is 1 when something failed, or when nothing ran.
 *
 * A test is a named test without tests inside it. A file that dies or hangs without a failed test counts as one failure.
 * `--failed-before=NAME` counts a step that failed before the tests, so that the last line tells the whole truth.
 */
import { Parser } from 'tap-parser';

const options = (name) =>
  process.argv
    .slice(2)
    .flatMap((argument) => (argument.startsWith(`--${name}=`) ? [argument.slice(name.length + 3)] : []));
const failedBefore = options('failed-before');
const count = { passed: 0, failed: failedBefore.length };
/** why, and which tests: the same reason usually holds for many */
const skipped = new Map();

/**
 * @param parser of one level of TAP
 * @param path the names of the tests around it, the file first
 * @returns what was found so far; it grows as the parser reads
 */
function follow(parser, path) {
  const found = { tests: 0, failures: 0, details: [] };
  let inner;
  parser.on('child', (child) => {
    inner = follow(child, [...path, child.name]);
  });
  parser.on('extra', (text) => {
    if (text.trim() !== '') found.details.push(`  ${text.trimEnd()}`);
  });
  parser.on('assert', (result) => {
    const below = inner;
    inner = undefined;
    if (result.todo) return;
    if (result.skip) noteSkip(result.skip, [...path, result.name]);
    const outcome = judge(result, below, path.length);
    found.tests += outcome.tests;
    found.failures += outcome.failures;
    found.details.push(...outcome.details.map((line) => (path.length > 0 ? `  ${line}` : line)));
    if (path.length === 0) reportFile(result, outcome);
  });
  return found;
}

/** @param depth 0 for files, 1 for what stands in a file, more inside a test */
function judge(result, below, depth) {
  const details = result.ok ? [] : [`✖ ${result.name}`, ...explain(result.diag), ...(below?.details ?? [])];
  const isTest = below === undefined ? depth < 2 : below.tests === 0;
  if (isTest) {
    if (!result.skip) count[result.ok ? 'passed' : 'failed'] += 1;
    return { tests: 1, failures: result.ok ? 0 : 1, details };
  }
  const { tests, failures } = below ?? { tests: 0, failures: 0 };
  // the tests inside went well and the whole did not: it died, hung, or failed in what surrounds them
  const own = below !== undefined && !result.ok && failures === 0 ? 1 : 0;
  count.failed += own;
  return { tests: tests + own, failures: failures + own, details };
}

/** What a failed assertion says of itself. */
function explain(diagnosis) {
  const { diff, stack, signal, exitCode, expired, ...rest } = diagnosis ?? {};
  const texts = [
    expired && `it took too long: ${expired}`,
    signal && `ended by ${signal}`,
    exitCode > 1 && `exit status ${exitCode}`,
    diff,
    stack ?? (rest.at && `${rest.at.fileName}:${rest.at.lineNumber}`),
  ];
  const shown = texts.filter((text) => typeof text === 'string');
  if (diff === undefined && rest.found !== undefined) shown.push(JSON.stringify(rest));
  return shown.flatMap((text) => text.trimEnd().split('\n')).map((line) => `  ${line}`);
}

function noteSkip(reason, path) {
  const why = reason === true ? 'no reason given' : reason;
  skipped.set(why, [...(skipped.get(why) ?? []), path.join(' > ')]);
}

function reportFile(result, { tests, failures, details }) {
  const name = result.name.replace(/^build\//, '');
  const seconds = result.time === undefined ? '' : ` (${(result.time / 1000).toFixed(1)} s)`;
  if (result.ok) {
    console.log(`ok      ${name}: ${tests} tests${seconds}`);
    return;
  }
  console.log(`FAILED  ${name}: ${failures} of ${tests} tests${seconds}`);
  for (const line of details) console.log(`        ${line}`);
}

function summary() {
  for (const [reason, tests] of skipped) {
    console.log(`\nskipped, ${reason}:`);
    for (const test of tests) console.log(`  ${test}`);
  }
  const ran = count.passed + count.failed > failedBefore.length;
  if (!ran) console.log('\nno test ran');
  for (const step of failedBefore) console.log(`\nFAILED  ${step}: see above`);
  console.log(`\n${count.passed} passed, ${count.failed} failed`);
  process.exitCode = count.failed > 0 || !ran ? 1 : 0;
}

const parser = new Parser();
follow(parser, []);
parser.on('complete', summary);
process.stdin.pipe(parser);

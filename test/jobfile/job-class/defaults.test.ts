import { test } from 'tap';
import { DEFAULT_TIMING } from '../../../src/tracker/follower/timing.js';
import type { Syntax } from '../../../src/jobfile/draft.js';
import { DEFAULTS, type JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { checkText } from '../../../src/jobfile/check.js';
import { STANZAS } from '../../../src/jobfile/stanzas/table.js';
import { defaultOf } from '../../../src/jobfile/stanzas/reference-page.js';
import { classToJson } from '../../../src/jobfile/job-class/to-json.js';
import { HOOK_TIMEOUTS, hookTimeoutOf, UPSTART_DEFAULTS } from '../../../src/jobfile/job-class/defaults.js';
import { readinessRule } from '../../../src/supervisor/core/job/readiness.js';

function classOf(text: string, syntax: Syntax = 'conf'): JobClass {
  const checked = checkText(text, 'job', syntax);
  if (!checked.ok) throw new Error(checked.errors[0].message);
  return checked.class;
}

test('a class that says nothing has each default, and one that says the default is the same', (t) => {
  const silent = classOf('');
  t.match(silent, DEFAULTS);
  for (const stanza of STANZAS) {
    const [field, ...others] = Object.keys(stanza.fields);
    const word = defaultOf(stanza);
    const hasDefault = field !== undefined && others.length === 0 && field in DEFAULTS;
    if (!hasDefault || stanza.body.kind !== 'arguments' || word === undefined) continue;
    // others are described in words
    if (!/^\w+$/.test(word)) continue;
    t.strictSame(classOf(`${stanza.name} ${word}\n`), silent, `${stanza.name} ${word}`);
  }
  t.end();
});

test('of what foster was started with, a job file has the last word, also where it says what Upstart would do', (t) => {
  const said = classOf('console log\numask 022\noom score 0\nkill timeout 5\nrespawn limit 10 5\n');
  t.match(said, { console: 'log', umask: 0o022, oomScoreAdj: 0, killTimeout: 5, respawnInterval: 5 });
  t.same(classToJson(said), {}, 'but it is nothing that a reader of the class has to be told');
  t.same(classToJson(classOf('')), {});
  for (const field of ['console', 'umask', 'oomScoreAdj', 'killTimeout', 'respawnInterval'] as const) {
    t.equal(said[field], UPSTART_DEFAULTS[field]);
    t.notOk(field in classOf(''), field);
  }
  t.end();
});

test('a kill timeout that is stated bounds the hooks of a stop, whatever it is', (t) => {
  t.equal(hookTimeoutOf(classOf('kill timeout 5\n'), 'post-stop'), 5);
  t.equal(hookTimeoutOf(classOf(''), 'post-stop'), HOOK_TIMEOUTS.stop);
  t.equal(hookTimeoutOf(classOf('kill timeout 0\n'), 'post-stop'), HOOK_TIMEOUTS.stop);
  t.equal(hookTimeoutOf(classOf('kill timeout 5\ntimeout post-stop 7\n'), 'post-stop'), 7);
  t.equal(hookTimeoutOf(classOf('kill timeout = 5\n', 'ini'), 'pre-start'), HOOK_TIMEOUTS.native);
  t.end();
});

test('the native form has a user environment unless it says otherwise', (t) => {
  t.equal(classOf('exec = true\n', 'ini').userEnvironment, true);
  t.equal(classOf('exec = true\nuser environment = off\n', 'ini').userEnvironment, false);
  t.equal(classOf('exec true\n').userEnvironment, false);
  t.equal(classOf('exec true\nuser environment\n').userEnvironment, true);
  t.end();
});

test('the native form knows more of readiness than Upstart, unless it says that it does not want to', (t) => {
  t.equal(readinessRule(classOf('exec = x\n', 'ini')), 'auto');
  t.equal(readinessRule(classOf('exec = x\nready = upstart\n', 'ini')), 'exec');
  t.equal(readinessRule(classOf('exec = x\nready = upstart\nexpect = fork\n', 'ini')), 'hand-off');
  t.equal(readinessRule(classOf('exec x\n')), 'exec');
  t.equal(readinessRule(classOf('exec x\nexpect none\n')), 'exec');
  t.equal(readinessRule(classOf('exec x\nexpect stop\nready auto\n')), 'auto');
  t.end();
});

test('a launcher is followed for as long as a start may take', (t) => {
  t.equal(DEFAULT_TIMING.start, DEFAULTS.startTimeout * 1e9);
  t.end();
});

import { test } from 'tap';
import { DEFAULTS, settingOf } from '../../../src/jobfile/job-class/defaults.js';
import { DEFAULT_TIMING } from '../../../src/tracker/follower/timing.js';

test('a class means its default where it says nothing', (t) => {
  t.equal(settingOf({}, 'killTimeout'), DEFAULTS.killTimeout);
  t.equal(settingOf({ killTimeout: 0 }, 'killTimeout'), 0, 'which is not the same as saying 0');
  t.equal(settingOf({ killSignal: 'INT' }, 'killSignal'), 'INT');
  t.end();
});

test('a launcher is followed for as long as a start may take', (t) => {
  t.equal(DEFAULT_TIMING.start, DEFAULTS.startTimeout * 1e9);
  t.end();
});

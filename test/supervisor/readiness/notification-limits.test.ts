import t from 'tap';
import { NotificationLimits } from '../../../src/supervisor/readiness/notification-limits.js';

function setUp() {
  const clock = { now: 0 };
  const limits = new NotificationLimits(() => clock.now);
  /** how many of so many notices are looked at, when looking says this */
  const admitted = (sender: { pid: number; uid: number }, count: number, isOfJob: boolean): number => {
    let admitted = 0;
    for (let n = 0; n < count; n += 1) {
      if (!limits.admits(sender)) continue;
      admitted += 1;
      limits.learn(sender, isOfJob);
    }
    return admitted;
  };
  return { clock, limits, admitted };
}

t.test('a process that is of no job is looked up a few times, and again a second later', (t) => {
  const { clock, admitted } = setUp();
  t.equal(admitted({ pid: 7, uid: 1000 }, 5000, false), 20);
  clock.now += 1000;
  t.equal(admitted({ pid: 7, uid: 1000 }, 5000, false), 10);
  t.end();
});

t.test(
  'so many processes of a user are looked up, however fast it makes new ones; others are not affected',
  (t) => {
    const { admitted } = setUp();
    let looks = 0;
    for (let pid = 1000; pid < 6000; pid += 1) looks += admitted({ pid, uid: 1000 }, 1, false);
    t.equal(looks, 200);
    t.equal(admitted({ pid: 7, uid: 1001 }, 1, true), 1);
    t.equal(admitted({ pid: 8, uid: 0 }, 1, false), 1);
    t.end();
  },
);

t.test('a process of a job may say a lot, and jobs of one user do not use up what strangers have', (t) => {
  const { admitted } = setUp();
  t.equal(admitted({ pid: 7, uid: 1000 }, 1000, true), 1000);
  for (let pid = 1000; pid < 2000; pid += 1) t.equal(admitted({ pid, uid: 1000 }, 1, true), 1);
  t.end();
});

t.test('but not endlessly', (t) => {
  const { clock, admitted } = setUp();
  t.equal(admitted({ pid: 7, uid: 1000 }, 50_000, true), 1001);
  clock.now += 1000;
  t.equal(admitted({ pid: 7, uid: 1000 }, 50_000, true), 200);
  t.end();
});

import t from 'tap';
import { Admission, connectionLimit } from '../../../src/control/server/admission.js';
import type { Caller } from '../../../src/control/server/authorisation.js';

const caller = (uid: number, access: Caller['access'] = 'everyone'): Caller => ({
  pid: 1,
  uid,
  gid: uid,
  access,
});

function setUp(owners = 4) {
  const clock = { now: 0 };
  const admission = new Admission({ owners, now: () => clock.now });
  const admitted = (who: Caller, times: number): number =>
    Array.from({ length: times }, () => admission.admit(who)).filter((reason) => reason === undefined).length;
  return { admission, admitted, clock };
}

t.test('a user who may only read has a few connections, and others have theirs', (t) => {
  const { admission, admitted } = setUp();
  t.equal(admitted(caller(1000), 100), 32);
  t.match(admission.admit(caller(1000)), /User 1000 has 32 connections already/);
  t.equal(admitted(caller(1001), 100), 32);
  admission.leave(caller(1000));
  t.equal(admission.admit(caller(1000)), undefined, 'one has ended');
  t.end();
});

t.test('however many users there are, the owner has its own connections', (t) => {
  const { admission, admitted } = setUp();
  let strangers = 0;
  for (let uid = 1000; uid < 3000; uid += 1) strangers += admitted(caller(uid), 2);
  t.equal(strangers, 256);
  t.match(admission.admit(caller(5000)), /Other users have 256 connections already/);
  t.equal(admitted(caller(0, 'owner'), 10), 4);
  t.match(admission.admit(caller(0, 'owner')), /4 connections of root/);
  t.end();
});

t.test('a user who connects again and again is slowed down', (t) => {
  const { admission, admitted, clock } = setUp();
  for (let n = 0; n < 200; n += 1) {
    t.equal(admission.admit(caller(1000)), undefined);
    admission.leave(caller(1000));
  }
  t.match(admission.admit(caller(1000)), /more than 100 times a second/);
  clock.now += 100;
  t.equal(admitted(caller(1000), 30), 10, 'a tenth of a second later, a tenth of them');
  t.end();
});

t.test('a part of the descriptors is left for jobs', (t) => {
  t.equal(connectionLimit('Max open files            1024                 4096                 files'), 256);
  t.equal(connectionLimit('Max open files            1048576              1048576              files'), 4096);
  t.equal(connectionLimit('Max open files            unlimited            unlimited            files'), 4096);
  t.equal(connectionLimit(''), 4096);
  t.end();
});

import { test } from 'tap';
import { jobEnvironments } from '../../../src/supervisor/launch/launch-defaults.js';

const socket = '/run/user/1000/foster/foster.sock';

test('jobs get PATH and TERM, or all that foster has', (t) => {
  const env = { TERM: 'vt100', EDITOR: 'ed' };
  t.match(jobEnvironments({ inheritEnv: false, mode: 'machine', socket }, env).jobEnvironment, [
    /^PATH=\/usr\/local\/sbin:/,
    'TERM=vt100',
  ]);
  t.ok(jobEnvironments({ inheritEnv: true, mode: 'user', socket }, env).jobEnvironment.includes('EDITOR=ed'));
  t.end();
});

test('a session init says to its jobs where it is, in the form that initctl looks for', (t) => {
  const session = (mode: 'user' | 'machine') =>
    jobEnvironments({ inheritEnv: true, mode, socket }, {}).session;
  t.equal(session('user'), `unix:path=${socket}`);
  t.equal(session('machine'), undefined);
  t.end();
});

import t, { type Test } from 'tap';
import { checkDirectories } from '../../../src/jobfile/files/check-paths.js';
import { formatWarning } from '../../../src/jobfile/job-file-error.js';
import { knownJobs } from '../../../src/cli/review/known-jobs.js';
import { Reviewer } from '../../../src/cli/review/review.js';
import { reviewScripts } from '../../../src/cli/review/scripts.js';

/** What is remarked on some job files, without their directory. */
async function remarks(t: Test, files: Record<string, string>) {
  const directory = t.testdir(files);
  const reports = checkDirectories([directory]);
  const reviewer = new Reviewer(knownJobs(reports, [], []));
  const found: string[] = [];
  for (const { class: job, stanzas, errors } of reports) {
    if (job === undefined) throw new Error(JSON.stringify(errors));
    const warnings = [
      ...reviewScripts({ class: job, stanzas }),
      ...(await reviewer.review({ class: job, stanzas })),
    ];
    found.push(...warnings.map(formatWarning));
  }
  return found.map((line) => line.replaceAll(`${directory}/`, ''));
}

/** A file in which one thing is wrong, and what has to be said of it. */
const MISTAKES: readonly (readonly [string, string, RegExp])[] = [
  ['a.ini', 'exec = /usr/sbin/no-such-daemon -x\n', /^a\.ini:1: warning: .*no-such-daemon/],
  ['a.ini', 'exec = no-such-program\n', /^a\.ini:1: warning: no program "no-such-program" in PATH/],
  [
    'a.ini',
    'exec = sleep 9\nenv = PATH=/nowhere\n',
    /^a\.ini:1: warning: no program "sleep" in PATH \(\/nowhere\)/,
  ],
  ['a.ini', 'start on = startup\n', /^a\.ini:.* note: the job has no command/],
  ['a.ini', 'exec = /etc\n', /\/etc is a directory/],
  ['a.ini', 'exec = /etc/passwd\n', /not executable/],
  ['a.ini', 'exec = A=1 /no/such -x\n', /\/no\/such does not exist/],
  ['a.conf', 'script\n  cd /\n  exec /no/such -x\nend script\n', /\/no\/such does not exist/],
  ['a.conf', 'exec sleep 9\npre-start exec /no/such\n', /^a\.conf:2: warning: \/no\/such does not exist/],
  ['a.conf', 'exec = sleep 9\n', /^a\.conf:1: warning: this runs a program called `=`/],
  ['a.conf', 'start on = startup\nexec sleep 9\n', /^a\.conf:1: warning: .*event called `=`/],
  ['a.conf', 'exec sleep 1 && sleep 9\n', /^a\.conf:1: warning: .*behind `&&` never runs/],
  ['a.conf', 'exec sleep 1; sleep 9\n', /behind `;` never runs/],
  ['a.conf', 'exec A=1 sleep 9\n', /program called `A=1`.*`env A=1`/],
  ['a.ini', 'exec = sleep 9\nsetuid = nosuchuser\n', /^a\.ini:2: warning: there is no user nosuchuser/],
  ['a.ini', 'exec = sleep 9\nsetuid = nobdy\n', /did you mean nobody\?/],
  ['a.conf', 'exec sleep 9\nsetgid nosuchgroup\n', /^a\.conf:2: warning: there is no group nosuchgroup/],
  [
    'a.ini',
    'exec = sleep 9\nchdir = /srv/nowhere\n',
    /^a\.ini:2: warning: there is no directory \/srv\/nowhere/,
  ],
  ['a.ini', 'exec = sleep 9\nchroot = /srv/nowhere\n', /^a\.ini:2: warning: there is no directory/],
  [
    'a.ini',
    'exec = sleep 9\nenv file = /srv/nowhere.env\n',
    /^a\.ini:2: warning: .*nowhere\.env: .*env file -/,
  ],
  ['a.ini', 'exec = sleep 9\nenv file = /etc\n', /^a\.ini:2: warning: .*a directory/],
  ['a.ini', 'exec = sleep 9\nenv file = -/etc/hostname\n', /^\/etc\/hostname:1: warning: .*has no `=`/],
  ['a.ini', 'exec = sleep 9\nchdir = ~/srv\n', /^a\.ini:2: warning: `~` is not replaced: .*begins with `\/`/],
  ['a.ini', 'exec = sleep 9\nready path = ~/up\n', /^a\.ini:2: warning: `~` is not replaced/],
  ['a.ini', 'exec = sleep 9\npid file = ~/pid\n', /^a\.ini:2: warning: `~` is not replaced/],
  ['a.ini', 'exec = sleep 9\nruntime dir = ~/run\n', /^a\.ini:2: warning: `~` is not replaced/],
  ['a.ini', 'exec = sleep 9\nchdir = srv\n', /^a\.ini:2: warning: srv is no absolute path/],
  ['a.ini', 'exec = sleep 9\nsetuid = 4294967295\n', /^a\.ini:2: warning: there is no user 4294967295/],
  ['a.ini', 'exec = sleep 9\nhealth exec = /no/probe\n', /^a\.ini:2: warning: .*probe.* no check succeeds/],
  [
    'a.conf',
    'exec sleep 9\nlimit nofile 20 10\nlimit core 0 unlimited\n',
    /^a\.conf:2: warning: the soft limit of nofile \(20\) is above the hard one.*limit nofile 10 20/,
  ],
  ['a.conf', 'exec sleep 9\nlimit core unlimited 0\n', /^a\.conf:2: warning: the soft limit of core/],
  ['a.conf', 'exec sleep 9\nreload signal 99\n', /^a\.conf:2: warning: there is no signal 99/],
  ['a.ini', 'exec = sleep 9\nkill signal = 65\n', /^a\.ini:2: warning: there is no signal 65/],
  ['a.conf', 'exec sleep 9\nnormal exit 0 300\n', /^a\.conf:2: warning: no process exits with 300/],
  ['a.ini', 'exec = true\nschedule = 0 0 30 2 *\n', /^a\.ini:2: warning: `0 0 30 2 \*` never comes/],
  ['a.ini', 'exec = sleep 9\nrequires = ghost\n', /^a\.ini:2: warning: `requires` names the job ghost/],
  ['a.ini', 'exec = sleep 9\nafter = ghost\n', /`after` names the job ghost, .*no effect/],
  ['a.ini', 'exec = sleep 9\nrequires = a\n', /names the job itself/],
  [
    'a.ini',
    'exec = sleep 9\nstart on = strtup\n',
    /^a\.ini:2: warning: nothing emits the event strtup.*startup\?/,
  ],
  ['a.ini', 'exec = sleep 9\nstart on = started ghost\n', /there is no job ghost/],
  ['a.ini', 'exec = sleep 9\nstop on = stopping ghost\n', /never stops by itself/],
  ['a.ini', 'exec = sleep 9\nstart on = filesystem\n', /mountall\(8\) does/],
  ['a.ini', 'exec = sleep 9\nstart on = my-own-event\n', /^a\.ini:2: note: .*foster emit my-own-event/],
  [
    'a.ini',
    'exec = sleep 9\n[env]\nA = x\nPATH = /x:$PATH\n',
    /^a\.ini:4: warning: `\$PATH` is not replaced: PATH/,
  ],
  ['a.conf', 'env DIR=~/x\nexec sleep 9\n', /^a\.conf:1: warning: `~` is not replaced/],
  [
    'a.conf',
    'script\n  if true; then\n    exec sleep 9\nend script\n',
    /^a\.conf:3: warning: the shell refuses/,
  ],
  [
    'a.conf',
    '\npre-start script\n  echo "\nend script\nexec sleep 9\n',
    /^a\.conf:3: warning: the shell refuses/,
  ],
  [
    'a.ini',
    'exec = sleep 9\n[pre-start]\nscript[] = true\nscript[] = fi\n',
    /^a\.ini:4: warning: the shell refuses/,
  ],
  ['a.conf', 'script\r\n  exec sleep 9\r\nend script\r\n', /^a\.conf:2: warning: .*CR LF/],
];

for (const [file, text, expected] of MISTAKES) {
  t.test(JSON.stringify(text), async (t) => {
    const found = await remarks(t, { [file]: text });
    t.equal(found.length, 1, found.join('\n'));
    t.match(found[0], expected);
  });
}

t.test('jobs that wait for each other', async (t) => {
  const found = await remarks(t, {
    'one.ini': 'exec = sleep 9\nrequires = two\n',
    'two.ini': 'exec = sleep 9\nafter = three\n',
    'three.ini': 'exec = sleep 9\nrequires = one\n',
    'four.ini': 'exec = sleep 9\nrequires = one\n',
  });
  t.equal(found.length, 3, 'the one outside of the circle waits for nobody who waits for it');
  t.match(found[0], /^one\.ini:2: warning: a circle: one waits for two waits for three waits for one/);
});

t.test('good files are left in peace', async (t) => {
  const found = await remarks(t, {
    'good.ini':
      'start on = startup\nexec = sleep 9\nrespawn = true\nsetuid = nobody\nsetgid = 61234\nchdir = /tmp\n\n[env]\nA = b\nSECRET = pa$word\n',
    'fine.conf':
      'start on started good or stopped ghost\nstop on stopping good\nemits made-here\nscript\n  if [ -d /tmp ]; then\n    exec sleep 9\n  fi\nend script\n',
    'more.conf': 'start on made-here or runlevel [2345]\nexec initctl emit by-script\n',
    'last.conf': 'start on by-script\nexec sleep 9 >/dev/null 2>&1 || true\n',
    'var.conf': 'instance $N\nstart on socket PROTO=inet PORT=1\nchdir /srv/$N\nexec $DIR/prog --for "$N"\n',
  });
  t.strictSame(found, []);
});

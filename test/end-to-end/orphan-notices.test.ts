/**
 * Notices of processes whose parent is foster, and that may be gone by the time their notice is read: what the lineage knew of
 * them says whose they are. Several times each, since how fast the sender dies is a race.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { test } from 'tap';

import { PERL, needsPerl } from '../tracker/sources/programs.js';
import { skipped } from '../tracker/sources/live-jobs.js';
import { Supervisor } from '../helpers/supervisor.js';

const SYSTEMD_NOTIFY = '/usr/bin/systemd-notify';
const RUNS = 4;

/** Perl's sd_notify(3), and a main process that goes on; `STEPS` is what the sender does before it sends. */
const notifier = (steps: string): string => `
use strict; use warnings; use POSIX; use Socket;
unless (fork) {
  ${steps}
  socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
  send($s, "READY=1\\nSTATUS=by $$", 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET})) or die;
  POSIX::_exit(0);
}
wait;
sleep 1000 while 1;
`;

/** ptrace does not know what a launcher forks and reaps before foster has seized it (docs/daemons.md). */
const UNTIL_SEIZED = 'select(undef, undef, undef, 0.1);';

interface Program {
  readonly skip: string | false;
  /** what the job executes; a script stands in the file */
  readonly exec: (script: string) => string;
  readonly script?: string;
  /** it waits until its notice has been read, so that its origin can be looked up: BARRIER=1 of sd_notify(3) */
  readonly waits?: true;
}

/** The names read on from "a notice of". */
const PROGRAMS: Readonly<Record<string, Program>> = {
  'systemd-notify in a subshell': {
    skip: existsSync(SYSTEMD_NOTIFY) ? false : `needs ${SYSTEMD_NOTIFY}`,
    exec: () => `sh -c '(${SYSTEMD_NOTIFY} --ready --status=by &); exec sleep 1000'`,
    waits: true,
  },
  'a grandchild that has died since': {
    skip: needsPerl,
    exec: (script) => `${PERL} ${script}`,
    script: notifier('POSIX::_exit(0) if fork;'),
  },
  'a child in a session of its own': {
    skip: needsPerl,
    exec: (script) => `${PERL} ${script}`,
    script: notifier('POSIX::setsid();'),
  },
  'a grandchild in a session of its own': {
    skip: needsPerl,
    exec: (script) => `${PERL} ${script}`,
    script: notifier('POSIX::setsid(); POSIX::_exit(0) if fork;'),
  },
};

for (const source of ['connector', 'perf', 'ptrace', 'procfs'] as const) {
  for (const [what, { skip, exec, script = '', waits }] of Object.entries(PROGRAMS)) {
    const reason =
      skipped(source) || skip || (source === 'procfs' && !waits && 'procfs does not know the dead');
    test(`${source}: a notice of ${what} is the job's`, { skip: reason }, async (t) => {
      const supervisor = Supervisor.prepare(t, {}, { args: ['--tracker', source] });
      const file = join(supervisor.directory, 'program');
      writeFileSync(file, source === 'ptrace' ? `${UNTIL_SEIZED}${script}` : script);
      supervisor.write('foo.conf', `ready notify\nstart timeout 20\nexec ${exec(file)}\n`);
      await supervisor.begin();
      for (let run = 0; run < RUNS; run++) {
        const { status, err } = await supervisor.cli('start', 'foo');
        t.equal(status, 0, err);
        t.match((await supervisor.status('foo')).statusText, /^by/);
        await supervisor.cli('stop', 'foo');
      }
    });
  }
}

/** Programs that put themselves in the background in the ways that daemons do. The one that stays says its pid on descriptor 3. */
import { existsSync } from 'node:fs';

export const PERL = '/usr/bin/perl';

/** False, or why nothing can be tried. */
export const needsPerl = existsSync(PERL) ? false : `needs ${PERL}`;

const PREAMBLE = `
  use POSIX; use IO::Handle; use strict; use warnings;
  $^F = 9; # descriptor 3 is kept over an exec
  open(my $out, '>&=3') or die; $out->autoflush(1);
  sub ready { print $out "$$\\n"; $SIG{TERM} = sub { POSIX::_exit(0) }; sleep 1000 while 1 }
  sub nap { select(undef, undef, undef, $_[0]) }
`;

const perl = (script: string): readonly string[] => [PERL, '-e', PREAMBLE + script];

/** By the way in which they daemonise; the names read on from "a program that". */
export const DAEMONS: Readonly<Record<string, readonly string[]>> = {
  'forks once and makes a session': perl('exit 0 if fork; setsid; ready'),
  'forks twice': perl('exit 0 if fork; setsid; exit 0 if fork; ready'),
  'forks twice, its intermediate outliving it': perl(
    'exit 0 if fork; setsid; nap(.02); exit 0 if fork; ready',
  ),
  'forks three times': perl('exit 0 if fork; exit 0 if fork; setsid; exit 0 if fork; ready'),
  'waits for its daemon to be up': perl(`
    pipe(my $r, my $w);
    if (fork) { close $w; <$r>; exit 0 }
    close $r; setsid; exit 0 if fork; nap(.05); print $w "up\\n"; close $w; ready`),
  'starts helpers before it forks': perl('for (1..3) { system("true") } exit 0 if fork; setsid; ready'),
  'leaves a helper in its own session': perl(
    'unless (fork) { sleep 1000 while 1 } exit 0 if fork; setsid; ready',
  ),
  'execs another program in the background': perl(
    `exit 0 if fork; setsid; exit 0 if fork; exec "/bin/sh", "-c", 'echo $$ >&3; while :; do sleep 1000; done'`,
  ),
  'clears its environment': perl(
    '%ENV = (); exit 0 if fork; setsid; exit 0 if fork; exec $^X, "-e", \'use IO::Handle; open(my $out, ">&=3"); $out->autoflush(1); print $out "$$\\n"; sleep 1000 while 1\'',
  ),
};

/** Drops to nobody, in the background. */
export const DROPS_RIGHTS = perl(
  'exit 0 if fork; setsid; exit 0 if fork; $( = $) = 65534; $< = $> = 65534; ready',
);

/** Fails, and leaves a child behind. */
export const FAILS = perl('unless (fork) { sleep 1000 while 1 } exit 3');

/** Stops itself with SIGSTOP, and says "USR1" for each such signal it gets, after it has said its pid. */
export const STOPS_ITSELF = perl('$SIG{USR1} = sub { print $out "USR1\\n" }; kill STOP => $$; ready');

/** On HUP it execs itself and daemonises again, as sshd does; on USR2 it starts its own program anew, as nginx does, and ends on QUIT. */
export const RELOADABLE = `${PREAMBLE}
my @command = ($^X, $0);
unless ($ENV{UPGRADED}) { exit 0 if fork; setsid }
$SIG{HUP} = sub { delete $ENV{UPGRADED}; exec @command };
$SIG{USR2} = sub { unless (fork) { $ENV{UPGRADED} = 1; exec @command } };
$SIG{QUIT} = sub { POSIX::_exit(0) };
my $mask = POSIX::SigSet->new; $mask->fillset; POSIX::sigprocmask(SIG_UNBLOCK, $mask);
ready;
`;

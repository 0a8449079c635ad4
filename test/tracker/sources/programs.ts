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

/** They take longer than foster waits for a first fork (1 s), or for a second one (3 s). */
export const SLOW_DAEMONS: Readonly<Record<string, readonly string[]>> = {
  'forks late for the first time': perl('nap(1.5); exit 0 if fork; setsid; ready'),
  'forks late for the second time': perl('exit 0 if fork; setsid; nap(3.6); exit 0 if fork; ready'),
  'is slow at each of three steps': perl(
    'nap(1.2); exit 0 if fork; setsid; nap(3.6); exit 0 if fork; nap(3.6); exit 0 if fork; ready',
  ),
};

/** On USR2 it starts its own program anew, which puts itself in the background again and asks the old one to quit (nghttpx). */
const upgradeable = (daemonise: string, inChild = ''): string => `${PREAMBLE}
my ($file) = @ARGV;
my @command = ($^X, $0, @ARGV);
${daemonise}
my $old = 0; if (open(my $in, "<", $file)) { $old = <$in> }
open(my $new, '>', $file) or die; print $new $$; close $new;
$SIG{USR2} = sub { unless (fork) { ${inChild} exec @command } };
$SIG{QUIT} = sub { POSIX::_exit(0) };
my $mask = POSIX::SigSet->new; $mask->fillset; POSIX::sigprocmask(SIG_UNBLOCK, $mask);
kill QUIT => $old if $old;
ready;
`;

/** Scripts, by what the new program does; the names read on from "an upgrade that". */
export const UPGRADES: Readonly<Record<string, string>> = {
  'forks and makes a session': upgradeable('exit 0 if fork; setsid;'),
  'forks twice': upgradeable('exit 0 if fork; setsid; exit 0 if fork;'),
  'makes a session before its exec': upgradeable(
    'unless ($ENV{AGAIN}) { exit 0 if fork; setsid }',
    '$ENV{AGAIN} = 1; setsid;',
  ),
};

/** They stay, and all that they do is done in a session that they make; the process there says its pid. */
export const WRAPPERS: Readonly<Record<string, readonly string[]>> = {
  'waits for a session, as setsid -w does': perl('unless (fork) { setsid; ready } wait'),
  'waits for a shell in a session, as su -c does': perl(
    `unless (fork) { setsid; exec '/bin/sh', '-c', 'echo $$ >&3; sleep 1000; true' } wait`,
  ),
  'waits for a shell in a session that execs, as su -c exec does': perl(
    `unless (fork) { setsid; exec '/bin/sh', '-c', 'echo $$ >&3; exec sleep 1000' } wait`,
  ),
  'relays for a session, as script and sudo do': perl('unless (fork) { setsid; ready } nap(1000) while 1'),
};

/** A server in the foreground; on USR1 it makes a login with a session of its own, which says its pid, too. */
export const SERVES = perl(`
  use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0) or die;
  bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die; listen($s, 1) or die;
  $SIG{USR1} = sub { unless (fork) { close $s; setsid; ready } };
  ready`);

/** Scripts that put something into a session of its own by setsid(1), and stay; the process there says its pid. */
export const DETACHES: Readonly<Record<string, readonly string[]>> = {
  'waits for it': ['/bin/sh', '-c', `setsid sh -c 'echo $$ >&3; exec sleep 1000' & wait`],
  'waits for it by its number': ['/bin/sh', '-c', `setsid sh -c 'echo $$ >&3; exec sleep 1000' & wait $!`],
  'runs something else': ['/bin/sh', '-c', `setsid sh -c 'echo $$ >&3; exec sleep 1000' & sleep 1000; true`],
};

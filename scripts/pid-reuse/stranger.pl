# stranger.pl FILE: forks processes as fast as it can, eight at a time, which live for a few milliseconds each. FILE gets a line for
# each that a signal ended, and at TERM how many there were. They look like processes of a job: same program, same variables.
use strict;
use POSIX ();
use Time::HiRes qw(sleep);
my ($file) = @ARGV;
open(my $out, '>>', $file) or die;
my ($count, $over) = (0, 0);
$SIG{TERM} = sub { $over = 1 };
my %living;
until ($over) {
    if (keys %living < 8) {
        my $pid = fork;
        if (!defined $pid) { sleep(0.005); next }
        if (!$pid) { $SIG{TERM} = 'DEFAULT'; sleep(0.002 + rand(0.01)); POSIX::_exit(0) }
        $living{$pid} = 1;
        $count++;
        next;
    }
    my $pid = wait;
    next if $pid <= 0;
    delete $living{$pid};
    syswrite($out, "signalled $pid $?\n") if $? & 127;
}
while ((my $pid = wait) > 0) { syswrite($out, "signalled $pid $?\n") if $? & 127 }
syswrite($out, "forks $count\n");

# worker.pl JOB LINES DIRECTORY: writes numbered lines every 50 ms, for ever where LINES is 0; otherwise it ends by itself. What
# it does stands in DIRECTORY/JOB.marks, which foster never sees: `start PID`, `double PID` where another one lives, `end PID LINES TIME`.
use strict;
use Time::HiRes qw(time sleep);
my ($job, $lines, $directory) = @ARGV;
open(my $marks, '>>', "$directory/$job.marks") or die;
if (open(my $last, '<', "$directory/$job.last")) {
    my $pid = <$last>;
    syswrite($marks, "double $pid\n") if defined $pid && kill(0, $pid);
}
open(my $mine, '>', "$directory/$job.last") or die;
syswrite($mine, $$);
syswrite($marks, "start $$\n");
my $n = 0;
until ($lines && $n == $lines) {
    syswrite(STDOUT, "$$ $n\n");
    $n++;
    sleep(0.05);
}
unlink "$directory/$job.last";
syswrite($marks, "end $$ $n " . time() . "\n");
exit 1;

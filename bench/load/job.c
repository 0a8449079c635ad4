/*
 * job RECORD NAME: a service for measurements. Its first instructions append a line "CLOCK_MONOTONIC NAME", in nanoseconds, to RECORD,
 * so that nothing has to be polled for. It ends at SIGTERM and SIGINT.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void end(int signal)
{
	(void)signal;
	_exit(0);
}

int main(int argc, char **argv)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (argc < 3) return 2;
	int record = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (record < 0) return 3;
	char line[200];
	int length = snprintf(line, sizeof line, "%lld %s\n", now.tv_sec * 1000000000LL + now.tv_nsec, argv[2]);
	signal(SIGTERM, end);
	signal(SIGINT, end);
	if (length >= (int)sizeof line || write(record, line, length) != length) return 3;
	for (;;) pause();
}

/*
 * loop JOB RECORD COUNT: the least that a supervisor can do. It starts COUNT times `JOB RECORD jobN`, starts again at once what has ended,
 * and at SIGTERM passes that on, waits for all, and ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t *pids;
static volatile sig_atomic_t ending;

static void end(int signal)
{
	(void)signal;
	ending = 1;
}

static void start(char **argv, int index)
{
	char name[20];
	snprintf(name, sizeof name, "job%d", index);
	pids[index] = vfork();
	if (pids[index] == 0) {
		setsid();
		execl(argv[1], argv[1], argv[2], name, (char *)0);
		_exit(127);
	}
}

int main(int argc, char **argv)
{
	int count = argc > 3 ? atoi(argv[3]) : 0;
	if (count < 1) return 2;
	pids = calloc(count, sizeof *pids);
	struct sigaction action = { .sa_handler = end };
	sigaction(SIGTERM, &action, 0);
	for (int index = 0; index < count; index++) start(argv, index);
	for (int told = 0;;) {
		pid_t ended = waitpid(-1, 0, 0);
		if (ending && !told) {
			told = 1;
			for (int index = 0; index < count; index++) if (pids[index] > 0 && pids[index] != ended) kill(pids[index], SIGTERM);
		}
		if (ended < 0 && errno == ECHILD) return 0;
		for (int index = 0; ended > 0 && index < count; index++) {
			if (pids[index] != ended) continue;
			pids[index] = 0;
			if (!ending) start(argv, index);
		}
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* oddstate.c - `oddstate COMMAND [ARG...]`: runs it with signals ignored and blocked, a death
 * signal, one CPU, another OOM score and other limits. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const int ignored[] = {SIGPIPE, SIGCHLD, SIGUSR1, SIGTSTP, SIGHUP};
	struct rlimit limit = {1 << 20, 1 << 21};
	cpu_set_t cpus;
	sigset_t set;
	int fd;

	if (argc < 2)
		return 1;
	for (unsigned i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGRTMIN + 3);
	sigprocmask(SIG_SETMASK, &set, NULL);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	prctl(PR_SET_TIMERSLACK, 70000);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	setrlimit(RLIMIT_MEMLOCK, &limit);
	fd = open("/proc/self/oom_score_adj", O_WRONLY);
	if (fd >= 0) {
		if (write(fd, "321", 3) != 3)
			return 1;
		close(fd);
	}
	execvp(argv[1], argv + 1);
	return 1;
}

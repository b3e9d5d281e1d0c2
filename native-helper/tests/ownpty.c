/* SPDX-License-Identifier: Apache-2.0 */
/* ownpty.c - `ownpty COMMAND [ARG...]`: makes a terminal, puts its path where an argument is
 * TERMINAL, runs the command and copies what comes from the terminal to stdout. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status = 0;
	char bytes[4096];
	pid_t pid;

	if (argc < 2 || master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return 91;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC); /* keeps the terminal alive */
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "TERMINAL") == 0)
			argv[i] = strdup(ptsname(master));
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(92);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct pollfd wait = {.fd = master, .events = POLLIN};
		ssize_t n;

		if (poll(&wait, 1, 50) > 0 && (n = read(master, bytes, sizeof(bytes))) > 0 &&
		    write(STDOUT_FILENO, bytes, (size_t)n) != n)
			return 93;
	}
	close(slave);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* stopped.c - `stopped COMMAND [ARG...]`: a shell with job control in small. The command must stop;
 * then its group is continued; ends with its status, 90 if it did not stop. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2)
		return 91;
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		execvp(argv[1], argv + 1);
		_exit(92);
	}
	setpgid(pid, pid);
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		return 90;
	kill(-pid, SIGCONT);
	if (waitpid(pid, &status, 0) != pid)
		return 93;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

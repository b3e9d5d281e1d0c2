/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pty.c - a terminal with somebody at it: `pty STEP... -- COMMAND [ARG...]`.
 * The command becomes leader of a session on a new terminal. Steps, in order:
 *   expect:TEXT  waits until TEXT has come since the last match (at most 10 s)
 *   reject:TEXT  fails if TEXT comes within 300 ms
 *   send:TEXT    types TEXT; \n \t and \cX (control-X) are known
 *   sleep:MS
 * Then it waits for the command and ends with its status; 90 if a step failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int master;
static char seen[1 << 20];
static size_t length, matched;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads what there is for at most ms milliseconds. */
static void listen_for(long ms)
{
	struct pollfd wait = {.fd = master, .events = POLLIN};
	ssize_t n;

	if (poll(&wait, 1, (int)ms) <= 0 || length + 1 >= sizeof(seen))
		return;
	n = read(master, seen + length, sizeof(seen) - 1 - length);
	if (n > 0)
		length += (size_t)n;
	else
		usleep(10000);
	seen[length] = 0;
}

static bool come(const char *text)
{
	char *at = memmem(seen + matched, length - matched, text, strlen(text));

	if (!at)
		return false;
	matched = (size_t)(at - seen) + strlen(text);
	return true;
}

static bool expect(const char *text, long ms)
{
	long until = now_ms() + ms;

	while (!come(text)) {
		if (now_ms() > until)
			return false;
		listen_for(50);
	}
	return true;
}

static void send_text(const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '\\' && text[1] == 'n')
			c = '\n', text++;
		else if (c == '\\' && text[1] == 't')
			c = '\t', text++;
		else if (c == '\\' && text[1] == 'c' && text[2])
			c = (char)(text[2] & 0x1f), text += 2;
		if (write(master, &c, 1) != 1)
			perror("write");
	}
}

static bool step(const char *s)
{
	if (strncmp(s, "expect:", 7) == 0)
		return expect(s + 7, 10000);
	if (strncmp(s, "reject:", 7) == 0)
		return !expect(s + 7, 300);
	if (strncmp(s, "send:", 5) == 0)
		send_text(s + 5);
	else if (strncmp(s, "sleep:", 6) == 0)
		for (long until = now_ms() + atol(s + 6); now_ms() < until;)
			listen_for(20);
	else
		return false;
	return true;
}

static pid_t start(char **argv)
{
	pid_t pid;
	int slave;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		exit(91);
	pid = fork();
	if (pid)
		return pid;
	setsid();
	slave = open(ptsname(master), O_RDWR);
	ioctl(slave, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	if (slave > 2)
		close(slave);
	execvp(argv[0], argv);
	_exit(92);
}

int main(int argc, char **argv)
{
	int last = 1, status = 0;
	pid_t pid;
	long until;

	while (last < argc && strcmp(argv[last], "--") != 0)
		last++;
	if (last + 1 >= argc)
		return 93;
	pid = start(argv + last + 1);
	for (int i = 1; i < last; i++) {
		if (step(argv[i]))
			continue;
		fprintf(stderr, "# step failed: %s\n# seen: %s\n", argv[i], seen);
		kill(pid, SIGKILL);
		return 90;
	}
	until = now_ms() + 10000;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > until) {
			fprintf(stderr, "# it does not end; seen: %s\n", seen);
			kill(pid, SIGKILL);
			return 94;
		}
		listen_for(50);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

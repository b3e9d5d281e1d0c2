/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job [catch] - one process for a terminal's dialogues: says "begun", "again" when it
 * is continued, the new size when the window changes, and with `catch` "caught" at ^C.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		_exit(1);
}

static void on_continue(int signal)
{
	(void)signal;
	say("again\n");
}

static void on_interrupt(int signal)
{
	(void)signal;
	say("caught\n");
}

static void on_resize(int signal)
{
	struct winsize size;
	char line[32];

	(void)signal;
	if (ioctl(0, TIOCGWINSZ, &size) != 0)
		_exit(2);
	snprintf(line, sizeof(line), "%d %d\n", size.ws_row, size.ws_col);
	say(line);
}

int main(int argc, char **argv)
{
	signal(SIGCONT, on_continue);
	signal(SIGWINCH, on_resize);
	if (argc > 1 && strcmp(argv[1], "catch") == 0)
		signal(SIGINT, on_interrupt);
	say("begun\n");
	on_resize(SIGWINCH);
	for (;;)
		pause();
}

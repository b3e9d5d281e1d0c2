/* SPDX-License-Identifier: Apache-2.0 */
/* die SIGNAL - ends by that signal: 11 by a wild store, 6 by abort, else by kill. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int signal = argc == 2 ? atoi(argv[1]) : 0;
	volatile int *volatile nowhere = NULL;

	printf("dying of %d\n", signal);
	fflush(stdout);
	if (signal == SIGSEGV)
		*nowhere = 1;
	if (signal == SIGABRT)
		abort();
	kill(getpid(), signal);
	return 1;
}

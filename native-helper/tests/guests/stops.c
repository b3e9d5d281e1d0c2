/* SPDX-License-Identifier: Apache-2.0 */
/* stops.c - `stops`: prints a line every 100 ms for ten seconds, with the SIGCONTs that it
 * counts. `stops catch` catches SIGINT and SIGTERM too, and counts them. */
#include "guest.h"

static volatile sig_atomic_t interrupts, terms, continues;

static void on_signal(int signal)
{
	if (signal == SIGINT)
		interrupts++;
	else if (signal == SIGTERM)
		terms++;
	else
		continues++;
}

int main(int argc, char **argv)
{
	(void)argv;
	signal(SIGCONT, on_signal);
	if (argc > 1) {
		signal(SIGINT, on_signal);
		signal(SIGTERM, on_signal);
	}
	for (int i = 0; i < 100; i++) {
		struct timespec nap = {0, 100000000};

		printf("tick %d int %d term %d cont %d\n", i, (int)interrupts, (int)terms,
		       (int)continues);
		fflush(stdout);
		nanosleep(&nap, NULL);
	}
	return 0;
}

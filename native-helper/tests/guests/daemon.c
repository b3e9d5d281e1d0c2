/* SPDX-License-Identifier: Apache-2.0 */
/* daemon.c - `daemon FILE [MS]`: the root ends at once with status 4; a daemon of its own session
 * writes FILE after MS milliseconds (200). */
#include "guest.h"

int main(int argc, char **argv)
{
	int ms = argc > 2 ? atoi(argv[2]) : 200;
	FILE *file;

	CHECK(argc > 1);
	if (fork() > 0) {
		puts("ok");
		fflush(stdout);
		_exit(4);
	}
	setsid();
	if (fork() > 0)
		_exit(0);
	usleep((useconds_t)ms * 1000);
	syscall(SYS_getuid);
	file = fopen(argv[1], "w");
	CHECK(file);
	fprintf(file, "daemon\n");
	fclose(file);
	return 0;
}

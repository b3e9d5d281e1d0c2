/* SPDX-License-Identifier: Apache-2.0 */
/* shapes.c - `shapes [N]`: getpid with arguments 1, 2 and 3; or N calls, each with another
 * argument. The kernel ignores them; the learner may find them significant. */
#include "guest.h"

int main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 0;

	for (long i = 0; i < 9 && !n; i++)
		CHECK(syscall(SYS_getpid, i % 3 + 1) == syscall(SYS_getpid, i % 3 + 1));
	for (long i = 0; i <= n && n; i++)
		syscall(SYS_getpid, i);
	return done();
}

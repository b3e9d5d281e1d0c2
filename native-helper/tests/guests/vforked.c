/* SPDX-License-Identifier: Apache-2.0 */
/* vforked.c - the parent of a vfork sleeps in the kernel for three seconds, while getuid (102) is
 * forbidden; afterwards it must be forbidden for it too. */
#include "guest.h"

int main(void)
{
	pid_t child = vfork();
	struct timespec t = {3, 0};
	int status;

	if (child == 0) {
		syscall(SYS_nanosleep, &t, NULL);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(syscall(SYS_getuid) == -1 && errno == EACCES);
	return done();
}

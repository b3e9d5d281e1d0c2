/* SPDX-License-Identifier: Apache-2.0 */
/* x32.c - numbers with the x32 bit, and the number -1. */
#include "guest.h"

int main(void)
{
	long result = syscall(0x40000000 + SYS_getpid);

	CHECK(result == getpid() || (result == -1 && errno == ENOSYS));
	CHECK(syscall(-1) == -1 && errno == ENOSYS);
	CHECK(syscall(5000) == -1 && errno == ENOSYS);
	return done();
}

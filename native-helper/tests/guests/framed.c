/* SPDX-License-Identifier: Apache-2.0 */
/*
 * framed - signals that come while a call is reported for the first time show
 * the program an address of its own, and the call has its result.
 */
#include "alarmed.h"

#define FIRST 600 /* numbers that no kernel has */
#define LAST  1000

int main(void)
{
	begin_alarms(50);
	for (long number = FIRST; number < LAST; number++) {
		CHECK(syscall(number, 1, 2, 3, 4, 5, 6) == -1 && errno == ENOSYS);
		CHECK(getppid() > 0 || getpid() == 1);
	}
	end_alarms();
	return done();
}

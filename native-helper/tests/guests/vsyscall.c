/* SPDX-License-Identifier: Apache-2.0 */
/* vsyscall.c - time(2) through the old vsyscall page, where the kernel has one. */
#include "guest.h"

#include <setjmp.h>

static sigjmp_buf out;

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(out, 1);
}

int main(void)
{
	time_t (*vsyscall_time)(time_t *) = (time_t(*)(time_t *))0xffffffffff600400UL;
	time_t there, here;

	signal(SIGSEGV, on_fault);
	if (sigsetjmp(out, 1) == 0) {
		there = vsyscall_time(NULL);
		here = time(NULL);
		CHECK(here - there <= 2 && here >= there);
	}
	return done();
}

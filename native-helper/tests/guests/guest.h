/* SPDX-License-Identifier: Apache-2.0 */
/* guest.h - what the guests share: programs that do one odd thing and say whether it went well. */
#ifndef ACKTRACE_GUEST_H
#define ACKTRACE_GUEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Where the stub is: no program may see an address from there. */
#define STUB_START 0x6e000000UL
#define STUB_END   0x70400000UL

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("FAILED line %d: %s (errno %d)\n", __LINE__, #condition, errno);    \
			fflush(stdout);                                                            \
			_exit(99);                                                                 \
		}                                                                                  \
	} while (0)

static inline int done(void)
{
	return puts("ok") == EOF;
}

#endif

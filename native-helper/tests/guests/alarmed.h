/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarmed.h - a signal every few microseconds, whose handler looks at the address that it is shown
 * as the program's: none may be in the stub.
 */
#ifndef ACKTRACE_ALARMED_H
#define ACKTRACE_ALARMED_H

#include "guest.h"

#include <ucontext.h>

static volatile sig_atomic_t alarms;
static volatile uint64_t strange;

static void on_alarm(int number, siginfo_t *info, void *context)
{
	uint64_t rip = (uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)number;
	(void)info;
	alarms++;
	if (rip - 0x6e000000 < 0x02400000) /* where the stub and its tables are */
		strange = rip;
}

static inline void begin_alarms(suseconds_t every)
{
	struct itimerval often = {{0, every}, {0, every}};
	struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static inline void end_alarms(void)
{
	struct itimerval never = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(alarms > 0);
	if (strange)
		printf("%#lx\n", (unsigned long)strange);
	CHECK(strange == 0);
}

#endif

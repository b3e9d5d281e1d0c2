/* SPDX-License-Identifier: Apache-2.0 */
/* affinity.c - where the supervisor runs. */
#include "supervisor.h"

void affinity_follow(struct supervisor *s, const struct task *task)
{
	(void)s;
	(void)task;
}

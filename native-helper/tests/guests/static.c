/* SPDX-License-Identifier: Apache-2.0 */
/* static.c - the least a program can do; built static with each libc that is here. */
#include "guest.h"

int main(void)
{
	syscall(SYS_getuid);
	return done();
}

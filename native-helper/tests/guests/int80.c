/* SPDX-License-Identifier: Apache-2.0 */
/* int80.c - a 64-bit program that enters the kernel by int 0x80: number 20 is getpid there. */
#include "guest.h"

int main(void)
{
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "r8", "r9", "r10", "r11", "memory");
	CHECK(result == getpid() || result == -ENOSYS);
	return done();
}

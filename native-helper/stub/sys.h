/* SPDX-License-Identifier: Apache-2.0 */
/* sys.h - calls without a C library. Each returns what the kernel returned: -errno on failure. */
#ifndef ACKTRACE_STUB_SYS_H
#define ACKTRACE_STUB_SYS_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

static inline long sys6(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline long sys4(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return sys6(number, a, b, c, d, 0, 0);
}

static inline long sys3(long number, uint64_t a, uint64_t b, uint64_t c)
{
	return sys6(number, a, b, c, 0, 0, 0);
}

static inline long sys1(long number, uint64_t a)
{
	return sys6(number, a, 0, 0, 0, 0, 0);
}

static inline uint64_t address_of(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);

#endif

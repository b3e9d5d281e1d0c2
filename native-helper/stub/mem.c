/* SPDX-License-Identifier: Apache-2.0 */
/* mem.c - what the compiler expects of a C library. */
#include "sys.h"

void *memcpy(void *to, const void *from, size_t size)
{
	void *start = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
	return start;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t <= f || t >= f + size)
		return memcpy(to, from, size);
	while (size-- > 0) {
		t[size] = f[size];
		__asm__ volatile("" : : : "memory");
	}
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	void *start = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(byte) : "memory");
	return start;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < size; i++) {
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
		__asm__ volatile("" : : : "memory");
	}
	return 0;
}

size_t strlen(const char *text)
{
	size_t n = 0;

	while (text[n]) {
		n++;
		__asm__ volatile("" : : : "memory");
	}
	return n;
}

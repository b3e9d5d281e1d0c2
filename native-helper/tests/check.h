/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - what the unit tests share: CHECK, a generator of garbage, and a main that prints in the
 * Test Anything Protocol, version 12. Only for programs of one file.
 */
#ifndef ACKTRACE_CHECK_H
#define ACKTRACE_CHECK_H

#include "random.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Whether all checks of the running test have held so far. */
static bool good;

/* Notes a condition that does not hold; the test goes on. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
			good = false;                                                              \
		}                                                                                  \
	} while (0)

struct test {
	const char *name;
	void (*run)(void);
};

/* clang-format off */
#define TEST(function) {#function, function}
/* clang-format on */

/* Runs tests in their order. Returns the exit status: 1 if one has failed. */
static inline int run_tests(const struct test *tests, size_t count)
{
	int failures = 0;

	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		good = true;
		tests[i].run();
		failures += !good;
		printf("%s %zu - %s\n", good ? "ok" : "not ok", i + 1, tests[i].name);
	}
	return failures != 0;
}

#endif

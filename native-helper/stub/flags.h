/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flags.h - what the code behind a call does with the arithmetic flags. The kernel keeps them
 * across a call; a rewritten site does not, so they must be set anew before they are read. Pure.
 */
#ifndef ACKTRACE_STUB_FLAGS_H
#define ACKTRACE_STUB_FLAGS_H

#include <stdint.h>

/* Does the code at offset `at` set all arithmetic flags before it reads one, or return, or call?
 * `size` bytes of code are there; what jumps out of them, or is not understood, is a no. */
int ack_flags_are_dead(const uint8_t *code, uint32_t size, uint32_t at);

#endif

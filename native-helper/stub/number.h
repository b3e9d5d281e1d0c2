/* SPDX-License-Identifier: Apache-2.0 */
/* number.h - numbers as names in /proc have them. Pure. */
#ifndef ACKTRACE_STUB_NUMBER_H
#define ACKTRACE_STUB_NUMBER_H

#include <stdint.h>

#define ACK_DESCRIPTOR_NAME 32 /* bytes that are enough for any */

/* Writes a decimal number and a NUL; returns where that is. */
char *ack_put_number(char *to, uint32_t number);

/* Writes the name of an open descriptor, /proc/self/fd/N. */
void ack_name_descriptor(char name[ACK_DESCRIPTOR_NAME], uint32_t descriptor);

#endif

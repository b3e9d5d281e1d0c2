/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h - the target's memory, and where its code is mapped. */
#ifndef ACKTRACE_MEMORY_H
#define ACKTRACE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads size bytes at address. Returns the bytes read, which may be fewer, or -1 with errno. */
ssize_t memory_read(pid_t tid, uint64_t address, void *to, size_t size);

/* Writes size bytes there. Returns the bytes written, or -1 with errno. */
ssize_t memory_write(pid_t tid, uint64_t address, const void *from, size_t size);

/* Reads a NUL-terminated string of at most size bytes, page by page, its NUL not counted. Sets
 * *truncated if no NUL was found. Returns the length, or -1 if not even one byte could be read. */
ssize_t memory_read_string(pid_t tid, uint64_t address, char *to, size_t size, bool *truncated);

/* Finds the line of a /proc/PID/maps text that holds address. Returns the length of the mapped
 * file's name, which is put into name (at most size bytes), and the offset in that file; 0: not
 * found or anonymous. */
size_t maps_find(const char *maps, size_t length, uint64_t address, char *name, size_t size,
		 uint64_t *offset);

/* The same for a live task. */
size_t memory_site(pid_t tid, uint64_t address, char *name, size_t size, uint64_t *offset);

/* Reads a whole small file of /proc. Returns its length, 0 if it could not be read. */
size_t proc_read(pid_t tid, const char *file, char *to, size_t size);

/* Number behind `field` ("Tgid:") in a /proc/PID/status text; -1: not there. */
long status_field(const char *status, const char *field);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * environment.h - the environment as the user's shell gave it.
 *
 * A shell script cannot hand on its environment unchanged: a shell adds PWD, drops variables whose
 * names are no identifiers (bash's exported functions), and orders the rest anew. So the launcher
 * script has its own original block copied to a file, becomes the front, and the front takes the
 * block back.
 */
#ifndef ACKTRACE_ENVIRONMENT_H
#define ACKTRACE_ENVIRONMENT_H

#define ENVIRONMENT_MAX (16u << 20) /* bytes; the kernel's own limit is below 6 MiB */

/* The subcommand `environment PID` (environment_main, front.h) copies the block with which PID was
 * executed to a new file that only the user can read, and prints the file's name. Prints nothing if
 * that cannot be done. */

/* Makes the block in the file this process's environment and removes the file. If the file is not
 * ours or cannot be read, the environment stays as it is. */
void environment_take(const char *path);

#endif

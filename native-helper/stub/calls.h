/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.h - the x86-64 calls that the stub must see even when they are known: a
 * learning filter for this backend never allows them by number. One macro call
 * each, so that the launcher can print the list for whoever compiles the filter.
 */
#ifndef ACKTRACE_STUB_CALLS_H
#define ACKTRACE_STUB_CALLS_H

/* clang-format off */
#define ACK_CALLS(X) \
	X(open) X(stat) X(access) X(newfstatat) X(faccessat) X(statx) X(faccessat2) X(close) X(mmap) X(mprotect) X(munmap) X(rt_sigaction) X(rt_sigprocmask) \
	X(mremap) X(madvise) X(shmat) X(dup2) X(clone) X(execve) X(fcntl) X(readlink) \
	X(ptrace) X(rt_sigpending) X(rt_sigtimedwait) X(rt_sigsuspend) X(prctl) \
	X(remap_file_pages) X(openat) X(readlinkat) X(rt_sigreturn) \
	X(pselect6) X(ppoll) X(epoll_pwait) X(dup3) X(seccomp) X(execveat) X(pkey_mprotect) \
	X(getdents64) X(io_pgetevents) X(clone3) X(close_range) X(epoll_pwait2) X(process_madvise) \
	X(mlockall) X(openat2) X(sigaltstack)
/* clang-format on */

/* Calls that a learning filter for this backend always allows: a trapped one could not run.
 * restart_syscall is the kernel's own, made where a sleep was that a stop has interrupted; the
 * return from SIGSYS would have made it EINTR. */
#define ACK_ALLOWED(X) X(exit) X(restart_syscall)

#endif

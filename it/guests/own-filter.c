/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own-filter - a program that confines itself: ERRNO for one call in all its
 * threads (TSYNC), then a child that its own filter kills.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int confine(unsigned int number, unsigned int action, unsigned int flags)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, filter};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static int go[2];

static void *thread(void *argument)
{
	char byte;

	if (read(go[0], &byte, 1) != 1)
		return NULL;
	errno = 0;
	*(long *)argument = syscall(SYS_getpgid, 0) == -1 ? errno : 0;
	return NULL;
}

int main(void)
{
	pthread_t id;
	long error = -1;
	int status;
	pid_t child;

	if (pipe(go) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 1;
	pthread_create(&id, NULL, thread, &error);
	if (confine(SYS_getpgid, SECCOMP_RET_ERRNO | 77, SECCOMP_FILTER_FLAG_TSYNC) != 0)
		return 2;
	if (write(go[1], "g", 1) != 1)
		return 3;
	pthread_join(id, NULL);
	printf("thread got errno %ld\n", error);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (confine(SYS_getsid, SECCOMP_RET_KILL_PROCESS, 0) != 0)
			_exit(9);
		syscall(SYS_getsid, 0);
		_exit(8);
	}
	waitpid(child, &status, 0);
	printf("child ended by signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* unnoticed.c - what a program could notice of a stub inside it. Ends alike with and without one.
 */
#include "guest.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>

extern char **environ;
static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
	caught = signal;
}

static uint64_t raw_mask(void)
{
	uint64_t mask = 0;

	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) == 0);
	return mask;
}

static void masks_read_back_as_they_were_set(void)
{
	uint64_t full = ~0ULL, none = 0;

	CHECK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &full, NULL, 8) == 0);
	CHECK(raw_mask() == (full & ~(1ULL << (SIGKILL - 1)) & ~(1ULL << (SIGSTOP - 1))));
	CHECK(getppid() > 0); /* every signal blocked, and calls go on */
	CHECK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8) == 0);
	CHECK(raw_mask() == 0);
	CHECK(syscall(SYS_rt_sigprocmask, 77, &none, NULL, 8) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 16L, NULL, 8) == -1 && errno == EFAULT);
	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &none, NULL, 4) == -1 && errno == EINVAL);
}

static void actions_read_back_as_they_were_set(void)
{
	struct sigaction set = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, got;

	sigfillset(&set.sa_mask);
	for (int signal = 1; signal < 32; signal++) {
		if (signal == SIGKILL || signal == SIGSTOP)
			continue;
		CHECK(sigaction(signal, &set, NULL) == 0);
		CHECK(sigaction(signal, NULL, &got) == 0);
		CHECK(got.sa_handler == on_signal && (got.sa_flags & SA_RESTART));
		CHECK(sigismember(&got.sa_mask, SIGSYS) == 1);
		CHECK(signal == SIGSYS || raise(signal) == 0);
		CHECK(signal == SIGSYS || caught == signal);
		set.sa_handler = SIG_DFL;
		CHECK(sigaction(signal, &set, NULL) == 0);
		CHECK(sigaction(signal, NULL, &got) == 0 && got.sa_handler == SIG_DFL);
		set.sa_handler = on_signal;
	}
	CHECK(sigaction(SIGKILL, &set, NULL) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigaction, SIGUSR1, 16L, NULL, 8) == -1 && errno == EFAULT);
}

static void sigsys_of_its_own_waits_while_it_is_blocked(void)
{
	sigset_t set, pending;

	signal(SIGSYS, on_signal);
	caught = 0;
	CHECK(raise(SIGSYS) == 0 && caught == SIGSYS);
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	caught = 0;
	CHECK(raise(SIGSYS) == 0 && caught == 0);
	CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGSYS) == 1);
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	CHECK(caught == SIGSYS);
	signal(SIGSYS, SIG_IGN);
	CHECK(raise(SIGSYS) == 0);
	signal(SIGSYS, SIG_DFL);
	pid_t child = fork();
	int status;
	if (child == 0) {
		prctl(PR_SET_DUMPABLE, 0);
		raise(SIGSYS);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGSYS);
}

static void *pending_of_a_thread(void *nothing)
{
	sigset_t pending;

	CHECK(nothing == NULL && sigpending(&pending) == 0);
	return sigismember(&pending, SIGSYS) ? pending_of_a_thread : NULL;
}

static int another_thread_has_it(void)
{
	pthread_t thread;
	void *result;

	CHECK(pthread_create(&thread, NULL, pending_of_a_thread, NULL) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	return result != NULL;
}

static void sigsys_is_pending_for_whom_it_was_sent_to(void)
{
	struct timespec none = {0, 0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK(raise(SIGSYS) == 0 && !another_thread_has_it());
	CHECK(sigtimedwait(&set, NULL, &none) == SIGSYS);
	CHECK(kill(getpid(), SIGSYS) == 0 && another_thread_has_it());
	CHECK(sigtimedwait(&set, NULL, &none) == SIGSYS && !another_thread_has_it());
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
}

static void a_pending_sigsys_can_be_waited_for(void)
{
	struct timespec moment = {0, 1000000};
	union sigval value = {.sival_int = 4711};
	siginfo_t info = {0};
	sigset_t set, old, none;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
	CHECK(sigtimedwait(&set, &info, &moment) == -1 && errno == EAGAIN);
	CHECK(sigqueue(getpid(), SIGSYS, value) == 0);
	CHECK(sigtimedwait(&set, &info, &moment) == SIGSYS && info.si_value.sival_int == 4711);
	CHECK(sigpending(&none) == 0 && sigismember(&none, SIGSYS) == 0);
	CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
}

static volatile sig_atomic_t made_calls;

static void on_masked(int signal)
{
	caught = signal;
	made_calls = getppid() >= 0 && access("/", F_OK) == 0;
}

static void handlers_with_every_signal_masked_make_calls(void)
{
	struct sigaction set = {.sa_handler = on_masked}, old;

	sigfillset(&set.sa_mask);
	CHECK(sigaction(SIGUSR2, &set, &old) == 0);
	for (int i = 0; i < 50; i++) {
		caught = made_calls = 0;
		CHECK(raise(SIGUSR2) == 0 && caught == SIGUSR2 && made_calls);
	}
	CHECK(sigaction(SIGUSR2, &old, NULL) == 0);
}

static void sleeps_with_every_signal_blocked_do_not_kill(void)
{
	struct timespec moment = {0, 1000000};
	struct epoll_event event;
	sigset_t full;
	int epoll = epoll_create1(0);

	sigfillset(&full);
	CHECK(ppoll(NULL, 0, &moment, &full) == 0);
	CHECK(pselect(0, NULL, NULL, NULL, &moment, &full) == 0);
	CHECK(epoll_pwait(epoll, &event, 1, 1, &full) == 0);
	CHECK(syscall(SYS_epoll_pwait2, epoll, &event, 1, &moment, &full, 8) == 0 ||
	      errno == ENOSYS);
	struct {
		const sigset_t *mask;
		size_t size;
	} pair = {&full, 8};
	unsigned long ring = 0;
	if (syscall(SYS_io_setup, 1, &ring) == 0) {
		char done_events[32];
		CHECK(syscall(SYS_io_pgetevents, ring, 1, 1, done_events, &moment, &pair) == 0);
		CHECK(syscall(SYS_io_destroy, ring) == 0);
	}
	close(epoll);
	/* a handler that interrupts such a sleep makes calls with that mask */
	signal(SIGUSR1, on_signal);
	sigdelset(&full, SIGUSR1);
	sigset_t one, old;
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	sigprocmask(SIG_BLOCK, &one, &old);
	raise(SIGUSR1);
	caught = 0;
	CHECK(sigsuspend(&full) == -1 && errno == EINTR && caught == SIGUSR1);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void the_executable_is_its_own(const char *self)
{
	char path[4096], cut[5], absolute[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char magic[4] = "";
	int fd;

	CHECK(n > 0);
	path[n > 0 ? n : 0] = 0;
	CHECK(realpath(self, absolute) && !strcmp(path, absolute));
	CHECK(readlink("/proc/self/exe", cut, sizeof(cut)) == sizeof(cut) &&
	      !memcmp(cut, path, sizeof(cut)));
	CHECK(!strcmp((char *)getauxval(AT_EXECFN), self));
	fd = open("/proc/self/exe", O_RDONLY);
	CHECK(fd >= 0 && read(fd, magic, 4) == 4 && !memcmp(magic, "\177ELF", 4));
	struct stat here, there;
	CHECK(fstat(fd, &here) == 0 && stat(self, &there) == 0 && here.st_ino == there.st_ino);
	close(fd);
	CHECK(prctl(PR_GET_NAME, path) == 0 && !strcmp(path, "unnoticed"));
}

static int count_descriptors(void)
{
	DIR *list = opendir("/proc/self/fd");
	int n = 0;

	while (list && readdir(list))
		n++;
	closedir(list);
	return n;
}

static void descriptors_are_its_own(void)
{
	struct rlimit limit;
	int last;

	CHECK(close_range(3, ~0U, 0) == 0);
	CHECK(count_descriptors() == 6); /* . .. 0 1 2 and the list itself */
	getrlimit(RLIMIT_NOFILE, &limit);
	last = limit.rlim_cur < 70000 ? (int)limit.rlim_cur : 70000;
	for (int fd = 3; fd < last; fd++) {
		CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
		CHECK(close(fd) == -1 && errno == EBADF);
	}
	CHECK(close_range(5, 4, 0) == -1 && errno == EINVAL);
	CHECK(system("exit 7") == 7 << 8); /* and it can still execute */
}

static void failed_executions_fail_as_the_kernel_fails_them(void)
{
	char *argv[] = {"x", NULL}, *bad[] = {NULL, NULL}, big[140000];
	bad[0] += 16;
	int fd = open("unnoticed.tmp", O_CREAT | O_WRONLY | O_TRUNC, 0755);

	CHECK(write(fd, "\1\2\3\4", 4) == 4);
	CHECK(execve("unnoticed.tmp", argv, environ) == -1 && errno == ETXTBSY);
	close(fd);
	CHECK(execve("unnoticed.tmp", argv, environ) == -1 && errno == ENOEXEC);
	fd = open("unnoticed.tmp", O_WRONLY | O_TRUNC);
	CHECK(write(fd, "#!/no/such/interpreter\n", 23) == 23);
	close(fd);
	CHECK(execve("unnoticed.tmp", argv, environ) == -1 && errno == ENOENT);
	fd = open("unnoticed.tmp", O_WRONLY | O_TRUNC);
	CHECK(write(fd, "#!unnoticed.tmp\n", 16) == 16);
	close(fd);
	CHECK(execve("unnoticed.tmp", argv, environ) == -1 && errno == ELOOP);
	chmod("unnoticed.tmp", 0644);
	CHECK(execve("unnoticed.tmp", argv, environ) == -1 && errno == EACCES);
	unlink("unnoticed.tmp");
	CHECK(execve("unnoticed.tmp", argv, environ) == -1 && errno == ENOENT);
	CHECK(execve("/", argv, environ) == -1 && errno == EACCES);
	CHECK(execve("/dev/null", argv, environ) == -1 && errno == EACCES);
	CHECK(execve("/bin/true/x", argv, environ) == -1 && errno == ENOTDIR);
	CHECK(execve("", argv, environ) == -1 && errno == ENOENT);
	CHECK(syscall(SYS_execve, 16L, argv, environ) == -1 && errno == EFAULT);
	CHECK(syscall(SYS_execve, "/bin/true", bad, environ) == -1 && errno == EFAULT);
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	argv[0] = big;
	CHECK(execve("/bin/true", argv, environ) == -1 && errno == E2BIG);
	argv[0] = "x";
	CHECK(syscall(SYS_execveat, -1, "true", argv, environ, 0) == -1 && errno == EBADF);
	CHECK(syscall(SYS_execveat, AT_FDCWD, "", argv, environ, 0) == -1 && errno == ENOENT);
}

static volatile int shared;

static void children_share_what_they_should(void)
{
	int status;
	char *argv[] = {"true", NULL};
	pid_t child = vfork();

	if (child == 0) {
		shared = 42;
		_exit(7);
	}
	CHECK(shared == 42 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
	CHECK(posix_spawn(&child, "/no/such/file", NULL, NULL, argv, environ) == ENOENT);
	CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, argv, environ) == 0);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	/* the descriptor of a file to be executed */
	int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
	child = fork();
	if (child == 0) {
		char *words[] = {"sh", "-c", "exit 9", NULL};
		fexecve(fd, words, environ);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 9);
	close(fd);
}

static void handlers_cleared_for_a_child_are_cleared(void)
{
	uint64_t args[11] = {[0] = 0x100000000ULL /* CLONE_CLEAR_SIGHAND */, [4] = SIGCHLD};
	struct sigaction got;
	int status;

	signal(SIGUSR2, on_signal);
	signal(SIGHUP, SIG_IGN);
	pid_t child = (pid_t)syscall(SYS_clone3, args, 64);
	if (child == 0) {
		sigaction(SIGUSR2, NULL, &got);
		int good = got.sa_handler == SIG_DFL;
		sigaction(SIGHUP, NULL, &got);
		_exit(good && got.sa_handler == SIG_IGN ? 5 : 1);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	      WEXITSTATUS(status) == 5);
	sigaction(SIGUSR2, NULL, &got);
	CHECK(got.sa_handler == on_signal);
	signal(SIGHUP, SIG_DFL);
}

static void *cancelled(void *pipe)
{
	char byte;

	while (read(*(int *)pipe, &byte, 1) >= 0)
		;
	return NULL;
}

static void a_thread_in_a_call_can_be_cancelled(void)
{
	int ends[2];
	pthread_t thread;
	pthread_attr_t small;
	void *result;

	CHECK(pipe(ends) == 0);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, (size_t)sysconf(_SC_THREAD_STACK_MIN));
	CHECK(pthread_create(&thread, &small, cancelled, &ends[0]) == 0);
	usleep(20000);
	CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED);
	close(ends[0]);
	close(ends[1]);
}

static void alternate_stacks_are_its_own(void)
{
	stack_t set = {.ss_size = 65536}, got;

	set.ss_sp =
		mmap(NULL, set.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(sigaltstack(&set, NULL) == 0);
	CHECK(sigaltstack(NULL, &got) == 0 && got.ss_sp == set.ss_sp && got.ss_flags == 0);
	munmap(set.ss_sp, set.ss_size); /* and nobody stands on it any more */
	CHECK(getppid() > 0);
	set.ss_flags = SS_DISABLE;
	CHECK(sigaltstack(&set, NULL) == 0);
}

static void the_heap_grows_and_shrinks(void)
{
	char *start = sbrk(0);

	CHECK(start != (void *)-1 && sbrk(65536) == start && ((uintptr_t)sbrk(0) & 7) == 0);
	memset(start, 1, 65536);
	CHECK(sbrk(-65536) != (void *)-1);
}

static int confine(void)
{
	struct sock_filter allow[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getuid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {6, allow};

	CHECK(prctl(PR_GET_SECCOMP) == 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void a_filter_of_its_own_is_obeyed_and_survives_execution(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (confine() != 0 || syscall(SYS_getuid) != -1 || errno != EXDEV)
			_exit(1);
		char *words[] = {"sh", "-c", "ls / >/dev/null && exit 3", NULL};
		execv("/bin/sh", words);
		_exit(2);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

int main(int argc, char **argv)
{
	(void)argc;
	the_executable_is_its_own(argv[0]);
	descriptors_are_its_own();
	masks_read_back_as_they_were_set();
	actions_read_back_as_they_were_set();
	sigsys_of_its_own_waits_while_it_is_blocked();
	sigsys_is_pending_for_whom_it_was_sent_to();
	a_pending_sigsys_can_be_waited_for();
	handlers_with_every_signal_masked_make_calls();
	sleeps_with_every_signal_blocked_do_not_kill();
	failed_executions_fail_as_the_kernel_fails_them();
	children_share_what_they_should();
	handlers_cleared_for_a_child_are_cleared();
	a_thread_in_a_call_can_be_cancelled();
	alternate_stacks_are_its_own();
	the_heap_grows_and_shrinks();
	a_filter_of_its_own_is_obeyed_and_survives_execution();
	return done();
}

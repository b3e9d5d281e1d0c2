/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - what this kernel allows, one `name value` a line. Each fact is tried, in a child where
 * trying changes the process; versions are not believed. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "front.h"

#define FLAG_TSYNC	   (1UL << 0)
#define FLAG_LOG	   (1UL << 1)
#define FLAG_SPEC_ALLOW	   (1UL << 2)
#define FLAG_NEW_LISTENER  (1UL << 3)
#define FLAG_TSYNC_ESRCH   (1UL << 4)
#define FLAG_WAIT_KILLABLE (1UL << 5) /* linux/seccomp.h, since Linux 5.19 */

static void yes_no(const char *name, bool value)
{
	printf("%s %s\n", name, value ? "yes" : "no");
}

/* Runs test in a child. True if it ended with status 0. */
static bool in_child(void (*test)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* tests may be killed */
		test();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static void need(bool condition)
{
	if (!condition)
		_exit(1);
}

/* ---- seccomp ------------------------------------------------------------------ */

static bool has_action(uint32_t action)
{
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* With no filter at all a known flag gives EFAULT, an unknown one EINVAL. */
static bool has_flag(unsigned long flags)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

static int install(uint32_t action)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, action);
	struct sock_fprog program = {1, &allow};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static void try_filter(void)
{
	need(install(SECCOMP_RET_ALLOW) == 0);
}

static void probe_seccomp(void)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{"seccomp.action.kill_process", 0x80000000U}, {"seccomp.action.kill_thread", 0},
		{"seccomp.action.trap", 0x00030000U},	      {"seccomp.action.errno", 0x00050000U},
		{"seccomp.action.user_notif", 0x7fc00000U},   {"seccomp.action.trace", 0x7ff00000U},
		{"seccomp.action.log", 0x7ffc0000U},	      {"seccomp.action.allow", 0x7fff0000U},
	};
	static const struct {
		const char *name;
		unsigned long flags;
	} flags[] = {
		{"seccomp.flag.tsync", FLAG_TSYNC},
		{"seccomp.flag.log", FLAG_LOG},
		{"seccomp.flag.spec_allow", FLAG_SPEC_ALLOW},
		{"seccomp.flag.new_listener", FLAG_NEW_LISTENER},
		{"seccomp.flag.tsync_esrch", FLAG_NEW_LISTENER | FLAG_TSYNC | FLAG_TSYNC_ESRCH},
		{"seccomp.flag.wait_killable", FLAG_NEW_LISTENER | FLAG_WAIT_KILLABLE},
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		yes_no(actions[i].name, has_action(actions[i].action));
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		yes_no(flags[i].name, has_flag(flags[i].flags));
	yes_no("seccomp.filter", in_child(try_filter));
}

/* ---- ptrace --------------------------------------------------------------------- */

static void kill_and_end(pid_t pid, bool good)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) > 0)
		;
	_exit(!good);
}

/* As the launcher does it: the tracee is a sibling's child at most, seized, then filtered. */
static void try_trace(void)
{
	long options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
	struct __ptrace_syscall_info info;
	int go[2], status;
	pid_t pid;
	char byte;

	need(pipe2(go, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		need(read(go[0], &byte, 1) == 1 && install(SECCOMP_RET_TRACE) == 0);
		syscall(SYS_getppid);
		_exit(0);
	}
	need(pid > 0);
	if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0 || write(go[1], "!", 1) != 1 ||
	    waitpid(pid, &status, __WALL) != pid || status >> 16 != PTRACE_EVENT_SECCOMP)
		kill_and_end(pid, false);
	kill_and_end(pid, ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
				  info.op == PTRACE_SYSCALL_INFO_SECCOMP &&
				  info.seccomp.nr == SYS_getppid);
}

static void try_read(void)
{
	static int value = 4711;
	int copy = 0;
	struct iovec local = {&copy, sizeof(copy)}, remote = {&value, sizeof(value)};
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	need(pid > 0);
	kill_and_end(pid, process_vm_readv(pid, &local, 1, &remote, 1, 0) == sizeof(copy) &&
				  copy == 4711);
}

static void print_yama(void)
{
	char scope[8] = "";
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, scope, sizeof(scope) - 1);

	if (n <= 0)
		puts("yama.ptrace_scope none");
	else
		printf("yama.ptrace_scope %d\n", atoi(scope));
	if (fd >= 0)
		close(fd);
}

/* ---- the other ABIs ---------------------------------------------------------------- */

static void try_ia32(void)
{
	long result = 20; /* getpid of i386 */

	__asm__ volatile("int $0x80" : "+a"(result) : : "r8", "r9", "r10", "r11", "memory");
	need(result == getpid());
}

static void try_x32(void)
{
	need(syscall(0x40000000 + SYS_getpid) == getpid());
}

/* ---- the stub ------------------------------------------------------------------------- */

#define STUB_SECONDS 5 /* then the test counts as failed; it takes milliseconds */

/* What the helper says when it learns, with the stub, what it does to tell its own version. */
static size_t learn_own_version(char *said, size_t size)
{
	char self[PATH_MAX] = "";
	int ends[2], status;
	size_t n = 0;
	ssize_t part;
	pid_t pid;

	need(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0 && pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		alarm(STUB_SECONDS);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(self, "acktrace-helper", "ack", "-o", "/dev/stdout", "--", self, "--version",
		      (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	while (n + 1 < size && (part = read(ends[0], said + n, size - n - 1)) > 0)
		n += (size_t)part;
	said[n] = '\0';
	need(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	return n;
}

/* The program ran, its calls were counted, and nothing was lost. */
static void try_ack(void)
{
	char said[16384];

	need(learn_own_version(said, sizeof(said)) > 0);
	need(strstr(said, "acktrace-helper ") && strstr(said, "x86-64\t59\t1\n") &&
	     strstr(said, "x86-64\t231\t1\n") && strstr(said, "# losses 0 0 0 0 0 0 0 0 0 0 0 "));
}

/* ---- this process -------------------------------------------------------------------- */

static void print_status(void)
{
	static const struct {
		const char *field, *name;
	} wanted[] = {
		{"CapEff:", "self.capabilities_effective"},
		{"CapBnd:", "self.capabilities_bounding"},
		{"NoNewPrivs:", "self.no_new_privs"},
		{"Seccomp:", "self.seccomp_mode"},
		{"Seccomp_filters:", "self.seccomp_filters"},
	};
	char line[256], value[200];
	FILE *status = fopen("/proc/self/status", "re");

	while (status && fgets(line, sizeof(line), status))
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			if (strncmp(line, wanted[i].field, strlen(wanted[i].field)) == 0 &&
			    sscanf(strchr(line, ':') + 1, "%199s", value) == 1)
				printf("%s %s\n", wanted[i].name, value);
	if (status)
		fclose(status);
}

static void print_capabilities(void)
{
	static const struct {
		const char *name;
		int bit;
	} wanted[] = {{"self.cap_sys_admin", 21},
		      {"self.cap_sys_ptrace", 19},
		      {"self.cap_perfmon", 38},
		      {"self.cap_bpf", 39}};
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	memset(data, 0, sizeof(data));
	if (syscall(SYS_capget, &head, data) < 0)
		return;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		yes_no(wanted[i].name,
		       data[wanted[i].bit / 32].effective & 1U << wanted[i].bit % 32);
}

int probe_main(int argc, char **argv)
{
	struct utsname name;

	if (argc == 2 && strcmp(argv[1], "ack") == 0) {
		yes_no("ack.stub", in_child(try_ack));
		return fflush(stdout) != 0;
	}
	if (argc > 1)
		usage_error("probe takes only the word ack, not", argv[1]);
	if (uname(&name) == 0)
		printf("kernel.release %s\nkernel.machine %s\n", name.release, name.machine);
	printf("cpus %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	probe_seccomp();
	yes_no("ptrace.trace", in_child(try_trace));
	yes_no("ptrace.read_memory", in_child(try_read));
	print_yama();
	yes_no("ack.stub", in_child(try_ack));
	yes_no("abi.ia32", in_child(try_ia32));
	yes_no("abi.x32", in_child(try_x32));
	printf("self.uid %d\n", (int)geteuid());
	print_status();
	print_capabilities();
	return fflush(stdout) != 0;
}

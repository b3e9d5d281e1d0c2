/* SPDX-License-Identifier: Apache-2.0 */
/* alone.c - the helper without a learner: trace, ack, attach, run. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "fd.h"
#include "front.h"
#include "session.h"

struct alone {
	struct session session;
	struct launch launch;
	const char *output; /* NULL: stdout */
	int output_fd;
	bool attached;
};

/* ---- options ----------------------------------------------------------------- */

static const char *argument_of(int argc, char **argv, int *i)
{
	if (*i + 1 >= argc)
		usage_error("no value behind", argv[*i]);
	(*i)++;
	return argv[*i];
}

static void read_filter(struct launch *launch, const char *path)
{
	size_t most = FILTER_MAX * sizeof(struct sock_filter);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *bytes = malloc(most + 1);
	size_t length = 0;
	ssize_t n = 0;

	if (fd >= 0 && bytes)
		while (length <= most && (n = read(fd, bytes + length, most + 1 - length)) > 0)
			length += (size_t)n;
	if (fd < 0 || !bytes || n < 0) {
		complain_errno("cannot read the filter", path, errno, "check the path");
		exit(STATUS_FAILED);
	}
	if (!length || length % sizeof(struct sock_filter) || length > most) {
		complain("cannot use the filter", path,
			 "it is not a sequence of at most 4096 struct sock_filter",
			 "make one with `acktrace compile`");
		exit(STATUS_FAILED);
	}
	close(fd);
	launch->filter = (struct sock_filter *)bytes;
	launch->filter_count = (unsigned)(length / sizeof(struct sock_filter));
}

static void trace_everything(struct launch *launch)
{
	launch->filter = malloc(sizeof(*launch->filter));
	if (!launch->filter)
		exit(STATUS_FAILED);
	*launch->filter = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	launch->filter_count = 1;
}

static void parse_options(struct alone *alone, int argc, char **argv)
{
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0 && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--filter") == 0) {
			read_filter(&alone->launch, argument_of(argc, argv, &i));
		} else if (strcmp(argv[i], "--follow") == 0) {
			const char *what = argument_of(argc, argv, &i);

			if (strcmp(what, "root") == 0)
				alone->launch.flags |= WIRE_LAUNCH_FOLLOW_ROOT;
			else if (strcmp(what, "wait") != 0)
				usage_error("--follow takes wait or root, not", what);
		} else if (strcmp(argv[i], "--accelerate") == 0) {
			alone->launch.flags |= WIRE_LAUNCH_ACCELERATE;
		} else if (strcmp(argv[i], "-o") == 0) {
			alone->output = argument_of(argc, argv, &i);
		} else if (strcmp(argv[i], "-p") == 0) {
			alone->launch.pid = atoi(argument_of(argc, argv, &i));
		} else {
			usage_error("unknown option", argv[i]);
		}
	}
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	if (i < argc)
		alone->launch.arguments = argv + i;
}

/* ---- output ------------------------------------------------------------------ */

static const char *const abi_names[WIRE_ABIS] = {"x86-64", "i386", "x32"};

static void write_counts(const struct alone *alone)
{
	const struct wire_segment *s = alone->session.segment;
	FILE *out = alone->output_fd >= 0 ? fdopen(alone->output_fd, "w") : NULL;

	if (!out)
		return;
	for (int abi = 0; abi < WIRE_ABIS; abi++)
		for (int i = 0; i < WIRE_NUMBERS; i++)
			if (s->counts[abi][i])
				fprintf(out, "%s\t%d\t%llu\n", abi_names[abi], i,
					(unsigned long long)s->counts[abi][i]);
	for (int i = 0; i < WIRE_STRAYS && s->strays[i].abi && s->strays[i].abi <= WIRE_ABIS; i++)
		fprintf(out, "%s\t%u\t%llu\n", abi_names[s->strays[i].abi - 1], s->strays[i].number,
			(unsigned long long)s->strays[i].count);
	fprintf(out, "# losses");
	for (int i = 0; i < WIRE_LOSS_CAUSES; i++)
		fprintf(out, " %llu", (unsigned long long)s->header.losses[i]);
	fprintf(out, "\n# notes");
	for (int i = 0; i < WIRE_NOTE_KINDS; i++)
		fprintf(out, " %llu", (unsigned long long)s->header.notes[i]);
	fprintf(out, "\n# tasks %llu peak %u executions %llu images %u shapes %llu stops %llu\n",
		(unsigned long long)s->header.tasks, s->header.peak_tasks,
		(unsigned long long)s->header.executions, s->header.images,
		(unsigned long long)s->header.shapes, (unsigned long long)s->header.stops);
	if (fclose(out) != 0)
		complain_errno("cannot write", alone->output, errno, "free some space");
}

static int say_failure(const struct alone *alone)
{
	static const char *const steps[] = {
		[WIRE_FAILURE_FORK] = "cannot start",
		[WIRE_FAILURE_SEIZE] = "cannot trace",
		[WIRE_FAILURE_NO_NEW_PRIVS] = "cannot give up privileges for",
		[WIRE_FAILURE_FILTER] = "cannot install the filter for",
		[WIRE_FAILURE_EXEC] = "cannot run",
		[WIRE_FAILURE_SUPERVISOR] = "the supervisor ended before",
		[WIRE_FAILURE_ATTACH] = "cannot attach to",
	};
	const struct wire_header *h = &alone->session.segment->header;
	const struct wire_status *s = alone->session.status;
	bool believed = s->believed;
	uint32_t told = believed ? s->failure_step : h->failure_step;
	int error = believed ? s->failure_errno : h->failure_errno;
	uint32_t step = told <= WIRE_FAILURE_ATTACH ? told : 0;
	const char *name = alone->launch.arguments ? alone->launch.arguments[0] : "the process";

	complain_errno(steps[step] ? steps[step] : "cannot run", name, error,
		       step == WIRE_FAILURE_EXEC ? "check the name, its mode, and PATH"
						 : "see `acktrace-helper probe`");
	return step == WIRE_FAILURE_EXEC ? status_of_exec_errno(error) : STATUS_FAILED;
}

/* ---- trace and attach ---------------------------------------------------------- */

static void take_signals(struct alone *alone)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(alone->session.signal_fd, &info, sizeof(info)) == sizeof(info)) {
		int signal = (int)info.ssi_signo;

		if (session_interrupted(&alone->session, signal))
			continue;
		if (!alone->attached)
			session_signal(&alone->session, &info);
		else if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP)
			session_order(&alone->session, WIRE_COMMAND_DETACH, NULL);
	}
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0)
		session_child(&alone->session, pid, status);
}

static void wait_for_end(struct alone *alone)
{
	while (session_busy(&alone->session) && session_state(&alone->session) < WIRE_STATE_ENDED) {
		struct pollfd wait = {.fd = alone->session.signal_fd, .events = POLLIN};
		int ms = session_tick(&alone->session);

		/* an end without the supervisor's is told in the header alone */
		if (poll(&wait, 1, ms < 0 ? 50 : ms) > 0)
			take_signals(alone);
	}
}

static int status_of(const struct alone *alone)
{
	const struct wire_status *s = alone->session.status;
	int status = s->believed ? s->root_status : alone->session.segment->header.root_status;

	if (session_state(&alone->session) == WIRE_STATE_FAILED)
		return say_failure(alone);
	if (alone->attached)
		return 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int open_output(const char *path)
{
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
		      : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	fd = fd_high(fd);
	if (fd < 0 && path) {
		complain_errno("cannot write", path, errno, "check the path");
		exit(STATUS_FAILED);
	}
	return fd;
}

static int supervise_alone(struct alone *alone)
{
	alone->output_fd = open_output(alone->output);
	if (session_open(&alone->session) < 0) {
		complain_errno("cannot make the shared segment", NULL, errno,
			       "free some memory or raise the limit on open files");
		return STATUS_FAILED;
	}
	alone->session.keep_descriptors = true;
	if (alone->attached)
		session_attach(&alone->session, &alone->launch);
	else
		session_launch(&alone->session, &alone->launch);
	wait_for_end(alone);
	write_counts(alone);
	return status_of(alone);
}

int trace_main(int argc, char **argv)
{
	static struct alone alone = {.launch = {.mode = WIRE_MODE_TRACE}};

	parse_options(&alone, argc, argv);
	if (!alone.launch.arguments || alone.launch.pid)
		usage_error("no command behind", "trace");
	if (!alone.launch.filter)
		trace_everything(&alone.launch);
	return supervise_alone(&alone);
}

int ack_main(int argc, char **argv)
{
	static struct alone alone = {.launch = {.mode = WIRE_MODE_ACK}};

	parse_options(&alone, argc, argv);
	if (!alone.launch.arguments || alone.launch.pid)
		usage_error("no command behind", "ack");
	return supervise_alone(&alone);
}

int attach_main(int argc, char **argv)
{
	static struct alone alone = {.launch = {.mode = WIRE_MODE_TRACE}, .attached = true};

	parse_options(&alone, argc, argv);
	if (alone.launch.pid <= 0 || alone.launch.arguments || alone.launch.filter)
		usage_error("attach takes -p PID and nothing to run", NULL);
	return supervise_alone(&alone);
}

int run_main(int argc, char **argv)
{
	struct alone alone = {.launch = {.mode = WIRE_MODE_ENFORCE}};
	char **candidates;

	parse_options(&alone, argc, argv);
	if (!alone.launch.arguments || !alone.launch.filter)
		usage_error("run takes --filter FILE and a command", NULL);
	candidates = launch_candidates(alone.launch.arguments[0], getenv("PATH"));
	if (candidates && launch_execute(&alone.launch, candidates) != WIRE_FAILURE_EXEC) {
		complain_errno("cannot install the filter for", alone.launch.arguments[0], errno,
			       "see `acktrace-helper probe`");
		return STATUS_FAILED;
	}
	complain_errno("cannot run", alone.launch.arguments[0], errno,
		       "check the name, its mode, PATH, and that the filter allows execve");
	return status_of_exec_errno(errno);
}

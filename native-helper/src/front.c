/* SPDX-License-Identifier: Apache-2.0 */
/* front.c - F: starts the learner, obeys its commands, ends with its status. */
#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "environment.h"
#include "error.h"
#include "fd.h"
#include "session.h"

#define LEARNER_FILES 64 /* a JVM with its jars and pipes opens about 30 */

struct front {
	struct session session;
	struct command_stream stream;
	bool interactive;
	pid_t learner; /* 0: gone */
	int learner_status;
	bool enforce;	      /* the next thing to do is to become the target */
	struct launch launch; /* of the last LAUNCH */
	int ending_signal;    /* that asked us to end before there was a target */
	bool broken;	      /* the command stream made no sense */
};

/* ---- the learner ----------------------------------------------------------- */

/* The learner's own environment; the target keeps the user's. */
static void learner_environment(const char *front)
{
	/* Meant for a target that is Java; our own JVM would announce them on stderr. */
	static const char *const java_options[] = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS",
						   "JDK_JAVA_OPTIONS"};
	static const char *const locale[] = {"LC_ALL", "LC_CTYPE", "LANG"}; /* the first wins */
	const char *value = NULL;

	setenv("ACKTRACE_FRONT", front, 1);
	for (size_t i = 0; i < sizeof(java_options) / sizeof(*java_options); i++)
		unsetenv(java_options[i]);
	for (size_t i = 0; i < sizeof(locale) / sizeof(*locale) && (!value || !*value); i++)
		value = getenv(locale[i]);
	/* There Java takes names of files for ASCII and cannot open others. */
	if (!value || !*value || strcmp(value, "C") == 0 || strcmp(value, "POSIX") == 0)
		setenv("LC_ALL", "C.UTF-8", 1);
}

/* The learner may open more files than a target is allowed to: its own limit is raised as far as it
 * goes. */
static void make_room_for_files(void)
{
	struct rlimit limit;
	char had[64];

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max >= LEARNER_FILES)
		return;
	limit.rlim_cur = limit.rlim_max = LEARNER_FILES;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	snprintf(had, sizeof(had), "the limit is %llu, the learner needs %d",
		 (unsigned long long)limit.rlim_max, LEARNER_FILES);
	complain("too few open files are allowed", NULL, had, "raise it: `ulimit -n 1024`");
	_exit(STATUS_FAILED);
}

static _Noreturn void become_learner(struct front *front, char **argv, int doorbell, int commands,
				     pid_t pid)
{
	static const int quiet[] = {SIGTTOU, SIGTTIN, SIGTSTP, SIGINT, SIGQUIT};
	int keep[] = {front->session.segment_fd, doorbell, commands, front->session.status_fd};
	char value[80];

	if (!front->interactive) {
		setpgid(0, 0);
		for (size_t i = 0; i < sizeof(quiet) / sizeof(*quiet); i++)
			signal(quiet[i], SIG_IGN);
	}
	for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
		fcntl(keep[i], F_SETFD, 0);
	fd_close_others(keep, sizeof(keep) / sizeof(*keep), 3);
	snprintf(value, sizeof(value), "%d,%d,%d,%d,%d", keep[0], doorbell, commands, (int)pid,
		 keep[3]);
	learner_environment(value);
	make_room_for_files();
	sigprocmask(SIG_SETMASK, &front->session.user.mask, NULL);
	execvp(argv[0], argv);
	complain_errno("cannot run", argv[0], errno, "check the path of the Java runtime");
	_exit(status_of_exec_errno(errno));
}

/* Returns 0, or -1 with errno. */
static int start_learner(struct front *front, char **argv)
{
	int doorbell[2], commands[2];
	pid_t pid = getpid();

	if (fd_pipe(doorbell) < 0 || fd_pipe(commands) < 0)
		return -1;
	fcntl(doorbell[1], F_SETFL, O_NONBLOCK);
	fcntl(commands[0], F_SETFL, O_NONBLOCK);
	front->learner = fork();
	if (front->learner == 0)
		become_learner(front, argv, doorbell[0], commands[1], pid);
	fd_drop(&doorbell[0]);
	fd_drop(&commands[1]);
	fd_drop(&front->session.status_fd);
	front->session.doorbell_fd = doorbell[1];
	front->session.commands_fd = commands[0];
	if (front->learner < 0)
		return -1;
	if (!front->interactive)
		setpgid(front->learner, front->learner); /* both do, neither can come too late */
	else
		front->session.learner = front->learner;
	return 0;
}

static bool target_lives(const struct front *front)
{
	uint32_t state = session_state(&front->session);

	return !front->session.ended && state != WIRE_STATE_ENDED && state != WIRE_STATE_FAILED;
}

static void learner_gone(struct front *front, int status)
{
	front->learner = 0;
	front->learner_status = status;
	front->session.learner = 0;
	if (!target_lives(front))
		return;
	__atomic_store_n(&front->session.control->learner_gone, 1, __ATOMIC_SEQ_CST);
	session_order(&front->session, WIRE_COMMAND_LOOK, NULL); /* lets held tasks go */
}

/* ---- commands -------------------------------------------------------------- */

static void garbage(struct front *front, const char *why)
{
	complain("cannot read a command of the learner", NULL, why,
		 "the helper and the jar may be of different builds: build both again");
	front->broken = true;
	fd_drop(&front->session.commands_fd);
	session_order(&front->session, WIRE_COMMAND_END, NULL);
}

static void on_launch(struct front *front, const struct command *command)
{
	const char *wrong;

	launch_free(&front->launch);
	wrong = launch_parse(&front->launch, command->kind, command->payload, command->size);
	if (!wrong && target_lives(front) && session_state(&front->session) != WIRE_STATE_IDLE)
		wrong = "a target is running already";
	if (wrong) {
		garbage(front, wrong);
		return;
	}
	if (command->kind == WIRE_COMMAND_ATTACH)
		session_attach(&front->session, &front->launch);
	else if (front->launch.mode == WIRE_MODE_ENFORCE)
		front->enforce = true;
	else
		session_launch(&front->session, &front->launch);
}

static void on_command(struct front *front, const struct command *command)
{
	const char *wrong;
	struct wire_answer answer;
	struct wire_signal signal;

	if (command->kind == WIRE_COMMAND_LAUNCH || command->kind == WIRE_COMMAND_ATTACH) {
		on_launch(front, command);
		return;
	}
	wrong = command_check(command);
	if (wrong) {
		garbage(front, wrong);
		return;
	}
	if (command->kind == WIRE_COMMAND_SIGNAL) {
		memcpy(&signal, command->payload, sizeof(signal));
		if (front->session.target > 0)
			kill(front->session.target, signal.signal);
	} else if (command->kind == WIRE_COMMAND_ANSWER) {
		memcpy(&answer, command->payload, sizeof(answer));
		session_order(&front->session, command->kind, &answer);
	} else if (command->kind == WIRE_COMMAND_TIGHTEN) {
		session_tighten(&front->session, command->payload);
	} else {
		session_order(&front->session, command->kind, NULL);
	}
}

static void read_commands(struct front *front)
{
	struct command command;
	int next;

	for (;;) {
		char *to;
		size_t room = command_room(&front->stream, &to);
		ssize_t n = room ? read(front->session.commands_fd, to, room) : -1;

		if (n == 0)
			fd_drop(&front->session.commands_fd);
		if (n <= 0)
			return;
		command_added(&front->stream, (size_t)n);
		while ((next = command_next(&front->stream, &command)) == 1) {
			on_command(front, &command);
			if (front->session.commands_fd < 0)
				return;
		}
		if (next < 0) {
			garbage(front, "its head makes no sense");
			return;
		}
	}
}

/* ---- signals and children ---------------------------------------------------- */

static void reap(struct front *front)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		if (pid != front->learner)
			session_child(&front->session, pid, status);
		else if (WIFEXITED(status) || WIFSIGNALED(status))
			learner_gone(front, status);
		else if (front->interactive && WIFSTOPPED(status))
			session_stop_self(&front->session, WSTOPSIG(status));
	}
}

/* Terminal signals are the target's. Before there was one they are ours. */
static void on_terminal_signal(struct front *front, int signal)
{
	if (front->interactive)
		return;
	if (signal == SIGTSTP) {
		session_stop_self(&front->session, signal);
	} else if (signal == SIGINT || signal == SIGQUIT || signal == SIGHUP) {
		front->ending_signal = signal;
		if (front->learner > 0)
			kill(front->learner, SIGTERM);
	}
}

static void on_signal(struct front *front, const struct signalfd_siginfo *info)
{
	int signal = (int)info->ssi_signo;

	if (signal == SIGCHLD ||
	    (!front->interactive && session_interrupted(&front->session, signal)))
		return;
	if (info->ssi_code > 0 && (front->interactive || !front->session.launched)) {
		on_terminal_signal(front, signal);
	} else if (info->ssi_code <= 0 && (front->interactive || front->session.target <= 0) &&
		   (pid_t)info->ssi_pid != getpid() && front->learner > 0 && signal != SIGCONT) {
		kill(front->learner, signal);
	} else {
		session_signal(&front->session, info);
	}
}

static void read_signals(struct front *front)
{
	struct signalfd_siginfo info;

	while (read(front->session.signal_fd, &info, sizeof(info)) == sizeof(info))
		on_signal(front, &info);
	reap(front);
}

/* ---- the end --------------------------------------------------------------- */

static int enforce(struct front *front)
{
	enum wire_failure step;
	char **candidates = launch_candidates(front->launch.arguments[0], getenv("PATH"));
	const char *name = front->launch.arguments[0];

	if (!candidates) {
		complain_errno("cannot run", name, errno, "check the name and PATH");
		return status_of_exec_errno(errno);
	}
	user_state_restore(&front->session.user);
	step = launch_execute(&front->launch, candidates);
	if (step == WIRE_FAILURE_EXEC) {
		complain_errno("cannot run", name, errno,
			       "check that it can be executed, and that the policy allows execve");
		return status_of_exec_errno(errno);
	}
	complain_errno("cannot install the filter", NULL, errno,
		       "run `acktrace doctor` to see what this kernel has");
	return STATUS_FAILED;
}

static int end_without_learner(struct front *front)
{
	const char *path = front->launch.salvage;

	if (!path)
		complain("the learner died", NULL, "nobody took down what was seen",
			 "run it again");
	else if (segment_salvage(front->session.segment, path) < 0)
		complain_errno("cannot write what was seen to", path, errno,
			       "free some space and run it again");
	else
		complain("the learner died; what was seen is in", path,
			 "it ended before the target", "read it with `acktrace policy`");
	return STATUS_FAILED;
}

static int finish(struct front *front, bool orphaned)
{
	int status = front->learner_status;

	if (front->broken)
		return STATUS_FAILED;
	if (front->enforce && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return enforce(front);
	if (orphaned || (WIFSIGNALED(status) && front->session.launched))
		return end_without_learner(front); /* the target may have ended meanwhile */
	if (front->ending_signal)
		return 128 + front->ending_signal;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int loop(struct front *front)
{
	bool orphaned = false;

	while (front->learner || target_lives(front)) {
		struct pollfd polls[2] = {
			{.fd = front->session.signal_fd, .events = POLLIN},
			{.fd = front->session.commands_fd, .events = POLLIN},
		};
		int ms = session_tick(&front->session);

		if (poll(polls, 2, ms) < 0 && errno != EINTR)
			return STATUS_FAILED;
		if (polls[1].revents)
			read_commands(front);
		if (polls[0].revents)
			read_signals(front);
		if (!front->learner && target_lives(front))
			orphaned = true;
		if (front->broken && front->learner && !target_lives(front)) {
			kill(front->learner, SIGTERM);
			front->broken = true;
		}
	}
	return finish(front, orphaned);
}

int front_main(int argc, char **argv)
{
	static struct front front;
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--interactive") == 0)
			front.interactive = true;
		else if (strcmp(argv[i], "--environment") == 0 && i + 1 < argc)
			environment_take(argv[++i]);
		else
			usage_error("unknown option", argv[i]);
	}
	if (i + 1 >= argc)
		usage_error("no command behind", "front [--interactive] --");
	if (session_open(&front.session) < 0) {
		complain_errno("cannot make the shared segment", NULL, errno,
			       "free some memory or raise the limit on open files");
		return STATUS_FAILED;
	}
	front.session.keep_descriptors = front.interactive;
	if (start_learner(&front, argv + i + 1) < 0) {
		complain_errno("cannot start", argv[i + 1], errno, "free some processes or memory");
		return STATUS_FAILED;
	}
	return loop(&front);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the helper's command line. */
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "front.h"
#include "wire.h"

static const char help[] =
	"Usage: acktrace-helper COMMAND\n"
	"\n"
	"  front [--interactive] [--environment FILE] -- LEARNER [ARG...]\n"
	"                                              start a learner and obey its commands\n"
	"  trace [--filter FILE] [--follow wait|root] [-o FILE] [--] COMMAND [ARG...]\n"
	"                                              run under ptrace, count system calls\n"
	"  ack [--accelerate] [--filter FILE] [--follow wait|root] [-o FILE] [--] COMMAND "
	"[ARG...]\n"
	"                                              the same without ptrace: run under the "
	"stub\n"
	"  attach -p PID [-o FILE]                     the same for a running process, until ^C\n"
	"  run --filter FILE [--] COMMAND [ARG...]     run under a filter, nobody watches\n"
	"  wire                                        constants and offsets of the shared "
	"segment\n"
	"  probe                                       what this kernel allows\n"
	"  filters -p PID                              prints the seccomp filters of a process\n"
	"  environment PID                             copies what PID was started with to a file\n"
	"                                              for `front`, and prints its name\n"
	"  --help, --version\n"
	"\n"
	"FILE of --filter: struct sock_filter records, as `acktrace compile` writes them.\n"
	"Counts: one line for each number, ABI, NUMBER and COUNT with tabs between.\n"
	"Exit status: that of COMMAND, 128+N after signal N; 2 usage, 125 own failure, 126 found "
	"but\n"
	"not executable, 127 not found.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"front", front_main},	   {"trace", trace_main},
	{"ack", ack_main},	   {"attach", attach_main},
	{"run", run_main},	   {"wire", wire_main},
	{"probe", probe_main},	   {"environment", environment_main},
	{"filters", filters_main},
};

int main(int argc, char **argv)
{
	if (argc < 2)
		usage_error("no command given", NULL);
	if (strcmp(argv[1], "--help") == 0)
		return fputs(help, stdout) < 0;
	if (strcmp(argv[1], "--version") == 0)
		return printf("acktrace-helper %s wire %d\n", ACKTRACE_VERSION, WIRE_VERSION) < 0;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	usage_error("unknown command", argv[1]);
}

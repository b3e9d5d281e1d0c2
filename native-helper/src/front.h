/* SPDX-License-Identifier: Apache-2.0 */
/* front.h - the subcommands; each takes the words behind its name and returns the exit status. */
#ifndef ACKTRACE_FRONT_H
#define ACKTRACE_FRONT_H

int front_main(int argc, char **argv);
int trace_main(int argc, char **argv);
int ack_main(int argc, char **argv);
int attach_main(int argc, char **argv);
int run_main(int argc, char **argv);
int wire_main(int argc, char **argv);
int probe_main(int argc, char **argv);
int environment_main(int argc, char **argv);
int filters_main(int argc, char **argv);

#endif

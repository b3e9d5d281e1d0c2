/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libseccomp LEVEL RULES - writes the filter that libseccomp makes of a rule list to stdout.
 *
 * RULES: lines "D ACTION", "R ACTION NAME [INDEX OPERATOR VALUE MASK-OR-0]..."; an action may have
 * a number behind a colon. Native architecture only. Names that this libseccomp does not know are
 * counted on stderr. LEVEL is its optimisation level, 1 (linear) or 2 (binary tree).
 */
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t action_of(char *word)
{
	char *data = strchr(word, ':');
	unsigned number = data ? (unsigned)strtoul(data + 1, NULL, 10) : 0;

	if (data)
		*data = '\0';
	if (strcmp(word, "ALLOW") == 0)
		return SCMP_ACT_ALLOW;
	if (strcmp(word, "ERRNO") == 0)
		return SCMP_ACT_ERRNO(number);
	if (strcmp(word, "KILL_PROCESS") == 0)
		return SCMP_ACT_KILL_PROCESS;
	fprintf(stderr, "unknown action %s\n", word);
	exit(1);
}

static enum scmp_compare operator_of(const char *word)
{
	static const struct {
		const char *name;
		enum scmp_compare value;
	} operators[] = {{"EQ", SCMP_CMP_EQ},
			 {"NE", SCMP_CMP_NE},
			 {"LT", SCMP_CMP_LT},
			 {"LE", SCMP_CMP_LE},
			 {"GE", SCMP_CMP_GE},
			 {"GT", SCMP_CMP_GT},
			 {"MASKED_EQ", SCMP_CMP_MASKED_EQ}};

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
		if (strcmp(word, operators[i].name) == 0)
			return operators[i].value;
	fprintf(stderr, "unknown operator %s\n", word);
	exit(1);
}

/* Reads the comparisons that are left in the line. OCI and these lists put the mask last or first
 * as libseccomp does: datum_a is the mask of MASKED_EQ. */
static unsigned comparisons(struct scmp_arg_cmp *list)
{
	unsigned count = 0;
	char *word;

	while (count < 6 && (word = strtok(NULL, " \n"))) {
		list[count].arg = (unsigned)strtoul(word, NULL, 10);
		list[count].op = operator_of(strtok(NULL, " \n"));
		list[count].datum_a = strtoull(strtok(NULL, " \n"), NULL, 10);
		list[count].datum_b = strtoull(strtok(NULL, " \n"), NULL, 10);
		count++;
	}
	return count;
}

static void add(scmp_filter_ctx filter, uint32_t *fallback, unsigned *unknown)
{
	struct scmp_arg_cmp list[6];
	uint32_t action = action_of(strtok(NULL, " \n"));
	int number = seccomp_syscall_resolve_name(strtok(NULL, " \n"));
	unsigned count = comparisons(list);

	if (number == __NR_SCMP_ERROR || number < 0)
		(*unknown)++;
	else if (action != *fallback)
		seccomp_rule_add_exact_array(filter, action, number, count, list);
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = NULL;
	uint32_t fallback = SCMP_ACT_KILL;
	unsigned unknown = 0;
	char line[1024];
	FILE *rules = argc == 3 ? fopen(argv[2], "r") : NULL;

	if (!rules) {
		fprintf(stderr, "usage: libseccomp LEVEL RULES\n");
		return 2;
	}
	while (fgets(line, sizeof(line), rules)) {
		char *kind = strtok(line, " \n");

		if (!kind || *kind == '#')
			continue;
		if (*kind == 'D') {
			fallback = action_of(strtok(NULL, " \n"));
			filter = seccomp_init(fallback);
			if (!filter || seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE,
							(uint32_t)strtoul(argv[1], NULL, 10)) < 0)
				return 1;
		} else if (*kind == 'R' && filter) {
			add(filter, &fallback, &unknown);
		}
	}
	if (unknown)
		fprintf(stderr, "%u\n", unknown);
	return filter && seccomp_export_bpf(filter, 1) == 0 ? 0 : 1;
}

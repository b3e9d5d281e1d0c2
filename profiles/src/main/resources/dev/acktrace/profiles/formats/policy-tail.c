/* Whether the call is executed. */
static int executes(uint32_t action)
{
	return action == SCMP_ACT_ALLOW || action == SCMP_ACT_LOG;
}

static int add_rule(scmp_filter_ctx filter, const struct rule *rule)
{
	int number = seccomp_syscall_resolve_name(rule->call);

	if (number == __NR_SCMP_ERROR) {
		fprintf(stderr, "libseccomp does not know the call %s\n", rule->call);
		return executes(rule->action) ? 0 : -ENOSYS;
	}
	return seccomp_rule_add_array(filter, rule->action, number, rule->tests, rule->test);
}

static int fill(scmp_filter_ctx filter, const struct part *part)
{
	const struct rule *rule;
	int native = 0;
	int error;
	size_t i;

	for (i = 0; part->architectures[i] != 0; i++) {
		native |= part->architectures[i] == seccomp_arch_native();
		error = seccomp_arch_add(filter, part->architectures[i]);
		if (error != 0 && error != -EEXIST)
			return error;
	}
	if (!native) {
		error = seccomp_arch_remove(filter, seccomp_arch_native());
		if (error != 0)
			return error;
	}
	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		error = seccomp_attr_set(filter, attributes[i], 1);
		if (error != 0)
			return error;
	}
	for (rule = part->rules; rule->call != NULL; rule++) {
		error = add_rule(filter, rule);
		if (error != 0) {
			fprintf(stderr, "cannot add the rule for %s: %s\n", rule->call, strerror(-error));
			return error;
		}
	}
	return 0;
}

/* The filter, ready for seccomp_load(3); NULL and errno on failure. To be released with seccomp_release(3). */
scmp_filter_ctx acktrace_policy(void)
{
	scmp_filter_ctx whole = NULL;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		scmp_filter_ctx filter = seccomp_init(default_action);
		int error = filter == NULL ? -ENOMEM : fill(filter, &parts[i]);

		if (error == 0 && whole != NULL)
			error = seccomp_merge(whole, filter);
		if (error != 0) {
			seccomp_release(filter);
			seccomp_release(whole);
			errno = -error;
			return NULL;
		}
		if (whole == NULL)
			whole = filter;
	}
	return whole;
}

#ifdef ACKTRACE_EXPORT
int main(void)
{
	scmp_filter_ctx filter = acktrace_policy();
	int error;

	if (filter == NULL) {
		perror("cannot build the filter");
		return 1;
	}
	error = seccomp_export_bpf(filter, 1);
	if (error != 0)
		fprintf(stderr, "cannot write the filter: %s\n", strerror(-error));
	seccomp_release(filter);
	return error != 0;
}
#endif

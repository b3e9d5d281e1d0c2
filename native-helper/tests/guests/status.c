/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - `status exit N`, `status signal N`, `status deny`: ends in that way. `deny` prints
 * what getuid and getgid gave. */
#include "guest.h"

#include <sys/resource.h>

int main(int argc, char **argv)
{
	struct rlimit none = {0, 0};
	long uid, gid;
	int uid_errno, gid_errno;

	CHECK(argc > 1);
	if (strcmp(argv[1], "deny") == 0) {
		errno = 0;
		uid = syscall(SYS_getuid);
		uid_errno = errno;
		errno = 0;
		gid = syscall(SYS_getgid);
		gid_errno = errno;
		printf("getuid %ld %d getgid %ld %d\n", uid, uid_errno, gid, gid_errno);
		return 0;
	}
	CHECK(argc > 2);
	if (strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	setrlimit(RLIMIT_CORE, &none);
	signal(atoi(argv[2]), SIG_DFL);
	kill(getpid(), atoi(argv[2]));
	return 99;
}

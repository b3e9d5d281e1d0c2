/* SPDX-License-Identifier: Apache-2.0 */
/* texts.c - paths and addresses at the edges of memory: at the end of a page before a hole, longer
 * than PATH_MAX, NULL, bad; socket addresses of many lengths. */
#include "guest.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	char *page = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/no/such/socket"};
	char *large = malloc(100000);
	int fd;

	CHECK(page != MAP_FAILED && large);
	CHECK(munmap(page + 8192, 4096) == 0);
	memcpy(page + 8192 - 5, "/etc", 5);
	CHECK(syscall(SYS_openat, AT_FDCWD, page + 8192 - 5, O_RDONLY) >= 0);
	memset(page, '/', 8192);
	CHECK(syscall(SYS_openat, AT_FDCWD, page + 8192 - 5, O_RDONLY) == -1 && errno == EFAULT);
	memset(large, 'x', 99999);
	large[99999] = 0;
	CHECK(syscall(SYS_openat, AT_FDCWD, large, O_RDONLY) == -1 && errno == ENAMETOOLONG);
	CHECK(syscall(SYS_openat, AT_FDCWD, NULL, O_RDONLY) == -1 && errno == EFAULT);
	CHECK(syscall(SYS_openat, AT_FDCWD, -1L, O_RDONLY) == -1 && errno == EFAULT);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(syscall(SYS_connect, fd, &address, 20) == -1);
	CHECK(syscall(SYS_connect, fd, &address, 0) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_connect, fd, &address, -1) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_connect, fd, -1L, 20) == -1 && errno == EFAULT);
	return done();
}

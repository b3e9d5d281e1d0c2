/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon FILE - becomes a daemon by the double fork; the root ends at once with
 * status 4, the daemon writes FILE 300 ms later, with a call that the root never made.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec a_moment = {0, 300000000};
	int fd;

	if (argc != 2)
		return 2;
	if (fork() != 0)
		return 4;
	setsid();
	if (fork() != 0)
		_exit(0);
	umask(022);
	for (fd = 0; fd < 3; fd++)
		close(fd);
	nanosleep(&a_moment, NULL);
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, "written\n", 8) != 8 || fdatasync(fd) != 0)
		_exit(1);
	_exit(0);
}

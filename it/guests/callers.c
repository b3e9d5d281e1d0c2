/* SPDX-License-Identifier: Apache-2.0 */
/* callers - with a word behind it, connects three functions deep, to nobody; built with frame pointers. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static int inner(int fd)
{
	struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(1)};
	int result;

	inet_pton(AF_INET, "127.0.0.1", &nobody.sin_addr);
	result = connect(fd, (struct sockaddr *)&nobody, sizeof(nobody));
	return result + printf("%d\n", result);
}

__attribute__((noinline)) static int middle(int fd)
{
	return inner(fd) + printf("middle\n");
}

__attribute__((noinline)) static int outer(int fd)
{
	return middle(fd) + printf("outer\n");
}

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (argc > 1 && strcmp(argv[1], "connect") == 0)
		outer(fd);
	printf("done\n");
	return 0;
}

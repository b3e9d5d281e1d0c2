/* SPDX-License-Identifier: Apache-2.0 */
/* ids - prints whether the effective user differs from the real one. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	printf("%s\n", geteuid() == getuid() ? "same user" : "other user");
	return 0;
}

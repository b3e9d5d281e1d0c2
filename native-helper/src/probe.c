/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - what this kernel allows. */
#include <stdio.h>

#include "error.h"
#include "front.h"

int probe_main(int argc, char **argv)
{
	if (argc > 1)
		usage_error("probe takes no", argv[1]);
	return fflush(stdout) != 0;
}

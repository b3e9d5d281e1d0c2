/* SPDX-License-Identifier: Apache-2.0 */
#include "number.h"
#include "sys.h"

char *ack_put_number(char *to, uint32_t number)
{
	uint32_t divisor = 1;

	while (number / divisor >= 10)
		divisor *= 10;
	for (; divisor > 0; divisor /= 10)
		*to++ = (char)('0' + number / divisor % 10);
	*to = '\0';
	return to;
}

void ack_name_descriptor(char name[ACK_DESCRIPTOR_NAME], uint32_t descriptor)
{
	static const char directory[] = "/proc/self/fd/";

	memcpy(name, directory, sizeof(directory) - 1);
	ack_put_number(name + sizeof(directory) - 1, descriptor);
}

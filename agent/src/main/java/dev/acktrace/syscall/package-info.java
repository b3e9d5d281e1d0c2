/** What is known of system calls: numbers by architecture, names, arguments and their widths, categories, risks. */
@NullMarked
package dev.acktrace.syscall;

import org.jspecify.annotations.NullMarked;

package dev.acktrace.session;

/** Names and texts of the errno values that a launch can give, as strerror(3) has them. */
final class LaunchErrno {
    private LaunchErrno() {}

    /** The text with its name, or the bare number. */
    static String text(int errno) {
        return switch (errno) {
            case 1 -> "Operation not permitted (EPERM)";
            case 2 -> "No such file or directory (ENOENT)";
            case 3 -> "No such process (ESRCH)";
            case 5 -> "Input/output error (EIO)";
            case 7 -> "Argument list too long (E2BIG)";
            case 8 -> "Exec format error (ENOEXEC)";
            case 11 -> "Resource temporarily unavailable (EAGAIN)";
            case 12 -> "Cannot allocate memory (ENOMEM)";
            case 13 -> "Permission denied (EACCES)";
            case 14 -> "Bad address (EFAULT)";
            case 20 -> "Not a directory (ENOTDIR)";
            case 21 -> "Is a directory (EISDIR)";
            case 22 -> "Invalid argument (EINVAL)";
            case 23 -> "Too many open files in system (ENFILE)";
            case 24 -> "Too many open files (EMFILE)";
            case 26 -> "Text file busy (ETXTBSY)";
            case 36 -> "File name too long (ENAMETOOLONG)";
            case 38 -> "Function not implemented (ENOSYS)";
            case 40 -> "Too many levels of symbolic links (ELOOP)";
            case 80 -> "Accessing a corrupted shared library (ELIBBAD)";
            default -> "errno " + errno;
        };
    }
}

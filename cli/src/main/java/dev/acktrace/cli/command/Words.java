package dev.acktrace.cli.command;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Constants;
import dev.acktrace.syscall.Errno;
import dev.acktrace.syscall.SyscallTable;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import picocli.CommandLine.TypeConversionException;

/** Words of a command line, or of a line of standard input, that name calls, numbers and actions. */
final class Words {
    private static final BigInteger LEAST = BigInteger.ONE.shiftLeft(63).negate();

    private Words() {}

    /** A number in decimal, {@code 0x} hexadecimal or {@code 0} octal digits, perhaps negative; of 64 bits. */
    static OptionalLong number(String word) {
        boolean negative = word.startsWith("-");
        String digits = negative ? word.substring(1) : word;
        int radix = 10;
        if (digits.startsWith("0x") || digits.startsWith("0X")) {
            digits = digits.substring(2);
            radix = 16;
        } else if (digits.length() > 1 && digits.startsWith("0")) {
            radix = 8;
        }
        if (digits.isEmpty() || digits.length() > 24 || digits.startsWith("-") || digits.startsWith("+")) {
            return OptionalLong.empty();
        }
        try {
            BigInteger value = new BigInteger(digits, radix);
            BigInteger signed = negative ? value.negate() : value;
            boolean fits = signed.signum() < 0 ? signed.compareTo(LEAST) >= 0 : signed.bitLength() <= 64;
            return fits ? OptionalLong.of(signed.longValue()) : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** The call that words describe: a name or number, then up to six arguments. */
    static SeccompData call(int arch, Optional<Abi> abi, String syscall, List<String> arguments) {
        if (arguments.size() > 6) {
            throw new TypeConversionException(
                    arguments.size() + " arguments are given to " + syscall + "; a call has at most six");
        }
        long[] values = new long[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            String word = arguments.get(i);
            OptionalLong value = Constants.value(word);
            values[i] = (value.isPresent() ? value : number(word))
                    .orElseThrow(() -> new TypeConversionException("'" + word
                            + "' is not an argument: write a number of at most 64 bits, as 5, 0x5401 or -1, or"
                            + " a constant of the kernel's headers, as AF_UNIX"));
        }
        return new SeccompData(arch, syscallNumber(abi, syscall), 0, values);
    }

    private static int syscallNumber(Optional<Abi> abi, String word) {
        OptionalLong number = number(word);
        if (number.isPresent()) {
            long value = number.getAsLong();
            if (value < -1 || value > 0xFFFF_FFFFL) {
                throw new TypeConversionException("number " + word + " is not that of a call: it has 32 bits");
            }
            boolean table = abi.isPresent() && value >= 0 && value < 0x4000_0000L;
            return table ? abi.get().raw((int) value) : (int) value;
        }
        Abi known = abi.orElseThrow(() -> new TypeConversionException(
                "there is no table of calls for that architecture; give '" + word + "' as a number"));
        OptionalInt of = SyscallTable.of(known).number(word);
        return known.raw(of.orElseThrow(() -> new TypeConversionException(
                SyscallTable.known(word)
                        ? known.label() + " has no call '" + word + "'"
                        : "there is no call '" + word + "'")));
    }

    /** An architecture's {@code AUDIT_ARCH_*} and, if there is a table, its ABI. */
    record Architecture(int audit, Optional<Abi> abi) {
        static Architecture parse(String word) {
            String name = word.toUpperCase(Locale.ROOT).startsWith("AUDIT_ARCH_")
                    ? word.substring("AUDIT_ARCH_".length())
                    : word;
            Optional<Abi> abi = Abi.ofAnyName(name);
            if (abi.isPresent()) {
                return new Architecture(abi.get().auditArch(), abi);
            }
            OptionalLong number = number(word);
            if (number.isEmpty() || number.getAsLong() < 0 || number.getAsLong() > 0xFFFF_FFFFL) {
                throw new TypeConversionException("there is no architecture '" + word
                        + "': write a name such as x86_64, or the number of its AUDIT_ARCH");
            }
            int audit = (int) number.getAsLong();
            return new Architecture(audit, Abi.of(audit, 0));
        }
    }

    /** An action: {@code KILL_PROCESS}, {@code ERRNO(38)}, {@code ERRNO(ENOSYS)}; small letters will do. */
    static Action action(String option, String word) {
        String upper = word.toUpperCase(Locale.ROOT);
        String plain = upper.startsWith("SCMP_ACT_") ? upper.substring("SCMP_ACT_".length()) : upper;
        Optional<Action> action = Action.parse(plain);
        if (action.isEmpty() && plain.startsWith("ERRNO(") && plain.endsWith(")")) {
            OptionalInt errno = Errno.parse(plain.substring("ERRNO(".length(), plain.length() - 1));
            action = errno.isPresent() ? Optional.of(Action.errno(errno.getAsInt())) : action;
        }
        return action.orElseThrow(() -> new TypeConversionException(option + " takes an action such as KILL_PROCESS,"
                + " KILL_THREAD, ALLOW or ERRNO(38); not '" + word + "'"));
    }
}

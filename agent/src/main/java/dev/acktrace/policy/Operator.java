package dev.acktrace.policy;

import java.util.Optional;

/** Comparison operators, as libseccomp names them. All of them are unsigned. */
public enum Operator {
    NE("!="),
    LT("<"),
    LE("<="),
    EQ("=="),
    GE(">="),
    GT(">"),
    /** {@code (argument & mask) == (value & mask)}. */
    MASKED_EQ("&==");

    private final String symbol;

    Operator(String symbol) {
        this.symbol = symbol;
    }

    /** The sign that people write. */
    public String symbol() {
        return symbol;
    }

    /** {@code SCMP_CMP_*}, as OCI writes it. */
    public String ociName() {
        return "SCMP_CMP_" + name();
    }

    /** By {@code SCMP_CMP_*}. */
    public static Optional<Operator> ofOciName(String name) {
        for (Operator operator : values()) {
            if (operator.ociName().equals(name)) {
                return Optional.of(operator);
            }
        }
        return Optional.empty();
    }
}

package dev.acktrace.cli.output;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A {@code struct sockaddr} as a person reads it, unix(7), ip(7), ipv6(7), netlink(7). */
public final class SocketAddress {
    private static final int UNIX = 1;
    private static final int INET = 2;
    private static final int INET6 = 10;
    private static final int NETLINK = 16;

    private SocketAddress() {}

    /** The text for bytes that may be cut or no address at all. */
    public static String text(byte[] bytes) {
        if (bytes.length < 2) {
            return "{}";
        }
        int family = (bytes[0] & 0xff) | (bytes[1] & 0xff) << 8;
        return switch (family) {
            case UNIX -> unix(bytes);
            case INET -> bytes.length >= 8 ? "{AF_INET, " + inet(bytes) + "}" : "{AF_INET}";
            case INET6 -> bytes.length >= 24 ? "{AF_INET6, " + inet6(bytes) + "}" : "{AF_INET6}";
            case NETLINK -> "{AF_NETLINK}";
            default -> "{family " + family + ", " + bytes.length + " bytes}";
        };
    }

    private static int port(byte[] bytes) {
        return (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
    }

    private static String inet(byte[] bytes) {
        return (bytes[4] & 0xff) + "." + (bytes[5] & 0xff) + "." + (bytes[6] & 0xff) + "." + (bytes[7] & 0xff) + ":"
                + port(bytes);
    }

    private static String inet6(byte[] bytes) {
        ByteBuffer words = ByteBuffer.wrap(bytes, 8, 16).slice().order(ByteOrder.BIG_ENDIAN);
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < 8; i++) {
            text.append(i == 0 ? "" : ":").append(Integer.toHexString(words.getShort() & 0xffff));
        }
        return text.append("]:").append(port(bytes)).toString();
    }

    private static String unix(byte[] bytes) {
        byte[] path = Arrays.copyOfRange(bytes, 2, bytes.length);
        if (path.length == 0) {
            return "{AF_UNIX}";
        }
        boolean isAbstract = path[0] == 0;
        int from = isAbstract ? 1 : 0;
        int to = from;
        while (to < path.length && (isAbstract || path[to] != 0)) {
            to++;
        }
        String name = CallText.printable(new String(path, from, to - from, StandardCharsets.UTF_8));
        return "{AF_UNIX, \"" + (isAbstract ? "@" : "") + name + "\"}";
    }
}

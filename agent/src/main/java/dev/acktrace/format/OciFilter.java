package dev.acktrace.format;

import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;

/** {@code includes} or {@code excludes} of an entry: when it counts. */
final class OciFilter {
    private final JsonCursor json;
    private final HostFacts host;
    private final List<String> capabilities = new ArrayList<>();
    private final List<String> arches = new ArrayList<>();
    private int major = -1;
    private int minor;

    OciFilter(JsonCursor json, OciValues values) throws FormatException {
        this.json = json;
        this.host = values.options().host();
        json.object("includes or excludes", this::member);
    }

    private void member(String member) throws FormatException {
        switch (member) {
            case "caps" -> json.array("caps", () -> capabilities.add(capability()));
            case "arches" -> json.array("arches", () -> arches.add(arch()));
            case "minKernel" -> kernel();
            default ->
                throw json.fail(
                        "there is no condition \"" + member + "\"",
                        "Conditions are \"caps\", \"arches\" and \"minKernel\".");
        }
    }

    private String capability() throws FormatException {
        String name = json.string("a capability");
        if (!name.startsWith("CAP_")) {
            throw json.fail("\"" + name + "\" is not the name of a capability", "Names begin with CAP_.");
        }
        return name;
    }

    private String arch() throws FormatException {
        return json.string("an architecture");
    }

    private void kernel() throws FormatException {
        String version = json.string("minKernel");
        int dot = version.indexOf('.');
        int first = dot < 0 ? -1 : number(version.substring(0, dot));
        int second = dot < 0 ? -1 : number(version.substring(dot + 1));
        if (first < 0 || second < 0) {
            throw json.fail("\"" + version + "\" is not a kernel version of two numbers", "Write it like \"4.8\".");
        }
        major = first;
        minor = second;
    }

    private static int number(String digits) {
        if (digits.isEmpty() || digits.length() > 3 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int number = Integer.parseInt(digits);
        return number < 256 ? number : -1;
    }

    private boolean onThisArch() {
        return arches.stream()
                .anyMatch(name -> Abi.ofGoName(name).filter(host.abi()::equals).isPresent());
    }

    /** {@code includes}: every condition that is given must hold, and every capability must be there. */
    boolean included() {
        return (arches.isEmpty() || onThisArch())
                && host.capabilities().containsAll(capabilities)
                && (major < 0 || host.kernelAtLeast(major, minor));
    }

    /** {@code excludes}: one condition that holds is enough, and one capability. */
    boolean excluded() {
        return onThisArch()
                || capabilities.stream().anyMatch(host.capabilities()::contains)
                || (major >= 0 && host.kernelAtLeast(major, minor));
    }
}

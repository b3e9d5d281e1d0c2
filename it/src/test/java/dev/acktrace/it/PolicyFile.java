package dev.acktrace.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * What a written OCI policy allows, read without the product's own reader.
 *
 * @param defaultAction of the policy
 * @param architectures as OCI names them
 * @param allowed names of the calls that some rule allows
 */
record PolicyFile(String defaultAction, List<String> architectures, NavigableSet<String> allowed) {
    static PolicyFile read(Path policy) {
        try {
            return of(Json.parse(Files.readString(policy)));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static PolicyFile of(Json json) {
        NavigableSet<String> allowed = new TreeSet<>();
        for (Json rule : json.get("syscalls").map(Json::elements).orElse(List.of())) {
            if (rule.need("action").text().equals("SCMP_ACT_ALLOW")) {
                allowed.addAll(rule.texts("names"));
            }
        }
        return new PolicyFile(json.need("defaultAction").text(), json.texts("architectures"), allowed);
    }
}

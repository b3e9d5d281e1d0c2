package dev.acktrace.bpf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The part of a filter that looks at the number. */
final class Numbers {
    private static final double RARE = 1e-6;

    private Numbers() {}

    /** Code that goes by the number to what a verdict is compiled to. */
    static Step code(
            Plan.Section section, CompileOptions options, Step.Factory steps, Function<Verdict, Step> verdicts) {
        Map<Integer, Double> weights = options.weights(section.arch());
        TreeMap<Long, Double> sorted = new TreeMap<>();
        double total = 0;
        for (Map.Entry<Integer, Double> weight : weights.entrySet()) {
            sorted.put(Integer.toUnsignedLong(weight.getKey()), weight.getValue());
            total += weight.getValue();
        }
        List<Switch.Run> runs = new ArrayList<>();
        List<Plan.Span> spans = section.spans();
        for (int i = 0; i < spans.size(); i++) {
            long from = Integer.toUnsignedLong(spans.get(i).from());
            long end = i + 1 < spans.size()
                    ? Integer.toUnsignedLong(spans.get(i + 1).from())
                    : 1L << 32;
            List<Switch.Hot> hot = new ArrayList<>();
            double weight = total <= 0 ? 1 : total * RARE;
            for (Map.Entry<Long, Double> entry : sorted.subMap(from, end).entrySet()) {
                weight += entry.getValue();
                hot.add(new Switch.Hot(entry.getKey(), entry.getValue()));
            }
            runs.add(new Switch.Run(from, verdicts.apply(spans.get(i).verdict()), weight, hot));
        }
        return Switch.code(steps, 0, runs, options.goal());
    }
}

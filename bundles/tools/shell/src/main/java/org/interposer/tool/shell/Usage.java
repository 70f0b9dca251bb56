package org.interposer.tool.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a command takes, and its help.
 *
 * @param command its name with the scope
 * @param operands as shown: {@code NAME}; those in brackets may be left out, an ellipsis repeats
 * @param summary what it does
 * @param options its options
 */
record Usage(String command, String operands, String summary, List<Option> options) {
    /**
     * An option.
     *
     * @param name with its dashes
     * @param value what its value is called, empty for a flag
     * @param text what it does
     */
    record Option(String name, String value, String text) {
        boolean isFlag() {
            return value.isEmpty();
        }

        private String shown() {
            return isFlag() ? name : name + " " + value;
        }
    }

    static Usage of(String command, String operands, String summary) {
        return new Usage(command, operands, summary, List.of());
    }

    Usage flag(String name, String text) {
        return with(new Option(name, "", text));
    }

    Usage option(String name, String value, String text) {
        return with(new Option(name, value, text));
    }

    private Usage with(Option option) {
        List<Option> more = new ArrayList<>(options);
        more.add(option);
        return new Usage(command, operands, summary, List.copyOf(more));
    }

    Optional<Option> find(String name) {
        return options.stream().filter(o -> o.name().equals(name)).findFirst();
    }

    int minOperands() {
        return (int) words().stream().filter(w -> !w.startsWith("[")).count();
    }

    int maxOperands() {
        return operands.contains("...") ? Integer.MAX_VALUE : words().size();
    }

    private List<String> words() {
        return operands.isEmpty() ? List.of() : List.of(operands.split(" "));
    }

    String line() {
        return (command + " " + operands + (options.isEmpty() ? "" : " [OPTION...]"))
                .replace("  ", " ")
                .trim();
    }

    String help() {
        StringBuilder text = new StringBuilder(line()).append("\n    ").append(summary);
        int width = options.stream().mapToInt(o -> o.shown().length()).max().orElse(0);
        for (Option option : options) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%n      %-" + width + "s  %s",
                            option.shown(),
                            option.text()));
        }
        return text.toString();
    }
}

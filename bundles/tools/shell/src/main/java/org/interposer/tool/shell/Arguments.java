package org.interposer.tool.shell;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The arguments of one command, read by its usage. */
final class Arguments {
    private final Usage usage;
    private final List<String> operands = new ArrayList<>();
    private final Map<String, List<String>> options = new LinkedHashMap<>();
    private boolean help;

    private Arguments(Usage usage) {
        this.usage = usage;
    }

    /**
     * Reads arguments.
     *
     * @throws IllegalArgumentException when they do not fit, with the usage
     */
    static Arguments parse(Usage usage, String... given) {
        Arguments arguments = new Arguments(usage);
        boolean onlyOperands = false;
        for (int i = 0; i < given.length; i++) {
            String word = given[i];
            if (onlyOperands || !word.startsWith("-") || word.equals("-")) {
                arguments.operands.add(word);
            } else if (word.equals("--")) {
                onlyOperands = true;
            } else if (word.equals("--help")) {
                arguments.help = true;
            } else {
                i += arguments.option(word, i + 1 < given.length ? given[i + 1] : null);
            }
        }
        if (!arguments.help) {
            arguments.checkCount();
        }
        return arguments;
    }

    /** Notes an option; how many words of its value follow it. */
    private int option(String word, String next) {
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        Usage.Option option = usage.find(name).orElseThrow(() -> unknown(name));
        List<String> values = options.computeIfAbsent(name, n -> new ArrayList<>());
        if (option.isFlag()) {
            if (equals >= 0) {
                throw wrong(name + " takes no value");
            }
            values.add("");
            return 0;
        }
        if (equals >= 0) {
            values.add(word.substring(equals + 1));
            return 0;
        }
        if (next == null) {
            throw wrong(name + " needs a value: " + option.value());
        }
        values.add(next);
        return 1;
    }

    private IllegalArgumentException unknown(String name) {
        Collection<String> known = usage.options().stream().map(Usage.Option::name).toList();
        return wrong("there is no option " + name + Names.nearest(name, known));
    }

    private void checkCount() {
        if (operands.size() < usage.minOperands()) {
            throw wrong("something is missing");
        }
        if (operands.size() > usage.maxOperands()) {
            throw wrong("'" + operands.get(usage.maxOperands()) + "' is too much");
        }
    }

    /** An error about the arguments. */
    IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(
                what + "; usage: " + usage.line() + " (" + usage.command() + " --help explains)");
    }

    boolean help() {
        return help;
    }

    String operand(int index) {
        return operands.get(index);
    }

    Optional<String> operandIfGiven(int index) {
        return index < operands.size() ? Optional.of(operands.get(index)) : Optional.empty();
    }

    List<String> operandsFrom(int index) {
        return List.copyOf(operands.subList(index, operands.size()));
    }

    boolean flag(String name) {
        return options.containsKey(name);
    }

    /** The last value of an option. */
    Optional<String> value(String name) {
        List<String> values = values(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
    }

    List<String> values(String name) {
        return options.getOrDefault(name, List.of());
    }

    /** A whole number. */
    Optional<Integer> number(String name, int min, int max) {
        return value(name).map(text -> number(name, text, min, max));
    }

    private int number(String name, String text, int min, int max) {
        try {
            int value = Integer.parseInt(text.trim());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw wrong(name + " is '" + text + "', which is not a number");
        }
        throw wrong(name + " is " + text + ", not in " + min + "–" + max);
    }
}

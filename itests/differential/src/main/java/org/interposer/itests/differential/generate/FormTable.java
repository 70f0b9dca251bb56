package org.interposer.itests.differential.generate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The instruction forms of {@code forms.txt}. */
public final class FormTable {
    private static final String RESOURCE = "/org/interposer/itests/differential/forms.txt";

    private final List<Form> forms;

    private FormTable(final List<Form> forms) {
        this.forms = List.copyOf(forms);
    }

    /** The whole table. */
    public static FormTable load() {
        try (InputStream resource = FormTable.class.getResourceAsStream(RESOURCE)) {
            final String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
            return new FormTable(
                    text.lines()
                            .filter(line -> !line.isBlank() && !line.startsWith("#"))
                            .map(Form::parse)
                            .collect(Collectors.toList()));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The forms whose name (mnemonic, encoding, operands) has a match of the expression. */
    public FormTable matching(final Pattern expression) {
        return new FormTable(
                forms.stream()
                        .filter(form -> expression.matcher(form.name()).find())
                        .collect(Collectors.toList()));
    }

    /** The forms without those whose name has a match. */
    public FormTable without(final Pattern expression) {
        return new FormTable(
                forms.stream()
                        .filter(form -> !expression.matcher(form.name()).find())
                        .collect(Collectors.toList()));
    }

    /** Names of all forms. */
    public List<String> names() {
        return forms.stream().map(Form::name).collect(Collectors.toList());
    }

    /** A readable line for each form that leaves flags undefined or is approximate. */
    public List<String> exceptions() {
        return forms.stream()
                .filter(FormTable::exceptional)
                .map(form -> String.format("%-40s %s", form.name(), reason(form)))
                .collect(Collectors.toList());
    }

    private static boolean exceptional(final Form form) {
        return form.has("undef") || form.has("shift") || form.has("rotate") || form.has("approx");
    }

    private static String reason(final Form form) {
        if (form.has("approx")) {
            return "result within the tolerance, C1 and PE not compared";
        }
        if (form.has("rotate")) {
            return "O unless the count is 0 or 1";
        }
        if (form.has("shift")) {
            return "A unless the count is 0, O unless 0 or 1, C if it reaches the operand size";
        }
        return form.value("undef");
    }

    List<Form> forms() {
        return forms;
    }
}

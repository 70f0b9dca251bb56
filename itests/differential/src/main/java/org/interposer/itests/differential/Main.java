package org.interposer.itests.differential;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import java.util.function.Predicate;
import org.interposer.itests.differential.generate.CaseGenerator;
import org.interposer.itests.differential.generate.FormTable;
import org.interposer.itests.differential.soft.SoftCpu;

/** The differential test as a command. */
public final class Main {
    private static final long PROGRESS_NANOS = 2_000_000_000L;

    private final Options options;
    private final PrintStream out;
    private final PrintStream progress;
    private int shown;
    private long lastProgress;

    private Main(final Options options, final PrintStream out, final PrintStream progress) {
        this.options = options;
        this.out = out;
        this.progress = progress;
    }

    /** Runs it; see {@link Options#HELP}. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(final String[] arguments, final PrintStream out, final PrintStream errors)
            throws IOException, InterruptedException {
        if (arguments.length == 1 && arguments[0].matches("-h|--help")) {
            out.println(Options.HELP);
            return 0;
        }
        final Options options;
        try {
            options = Options.parse(arguments);
        } catch (final IllegalArgumentException e) {
            errors.println("differential: " + e.getMessage());
            errors.println(Options.HELP);
            return 2;
        }
        return new Main(options, out, errors).execute();
    }

    private int execute() throws IOException, InterruptedException {
        final FormTable table =
                FormTable.load().matching(options.form()).without(options.without());
        if (options.list()) {
            Comparison.exceptions().forEach(out::println);
            VendorDifferences.list().forEach(out::println);
            table.exceptions().forEach(out::println);
            return 0;
        }
        final Optional<String> reason = NativeOracle.unavailable();
        if (reason.isPresent() || table.names().isEmpty()) {
            progress.println("differential: " + reason.orElse("no instruction form matches"));
            return 3;
        }
        final Report report = new Report(table.names());
        final CaseGenerator generator = new CaseGenerator(table, options.seed(), options.longest());
        try (UserCpu expected = NativeOracle.start();
                UserCpu actual = options.self() ? NativeOracle.start() : SoftCpu.start()) {
            final Predicate<Difference> known = VendorDifferences.ofThisHost();
            final Run run = new Run(generator, expected, actual, known, report, this::show);
            run.run(options.first(), options.cases(), () -> progress(report));
        }
        progress.println();
        out.println("not compared: undefined flags and what else --list prints");
        report.print(out);
        return report.differing() == 0 ? 0 : 1;
    }

    private void show(final Difference difference) {
        if (shown++ < options.show()) {
            out.println(difference.describe(repeat(difference)));
        }
    }

    private String repeat(final Difference difference) {
        final StringBuilder command = new StringBuilder("differential --cases 1");
        command.append(" --seed ").append(options.seed());
        command.append(" --first ").append(difference.found().index());
        if (!options.form().pattern().isEmpty()) {
            command.append(" --form '").append(options.form()).append('\'');
        }
        if (!options.without().pattern().equals("(?!)")) {
            command.append(" --without '").append(options.without()).append('\'');
        }
        if (options.longest() != 8) {
            command.append(" --longest ").append(options.longest());
        }
        return command.toString();
    }

    private void progress(final Report report) {
        final long now = System.nanoTime();
        if (now - lastProgress > PROGRESS_NANOS) {
            lastProgress = now;
            progress.printf(
                    "\r%d of %d cases, %d differ",
                    report.cases(), options.cases(), report.differing());
        }
    }
}

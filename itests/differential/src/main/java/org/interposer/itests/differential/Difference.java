package org.interposer.itests.differential;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A case on which the two processors disagree, as short as it could be made.
 *
 * @param found the case as it was generated
 * @param smallest the same with the instructions that do not matter replaced by NOPs
 * @param kept the instructions that matter
 * @param expected what the real processor does with the smallest case
 * @param actual what the other one does
 * @param lines where they differ
 */
public record Difference(
        Case found,
        Case smallest,
        List<Case.Step> kept,
        Result expected,
        Result actual,
        List<String> lines) {

    /** The forms that matter, joined. */
    public String forms() {
        return kept.stream()
                .filter(step -> !step.setup())
                .map(Case.Step::form)
                .collect(Collectors.joining(" ; "));
    }

    /** All there is to know, for a reader; {@code command} repeats the case. */
    public String describe(final String command) {
        final StringBuilder text = new StringBuilder();
        text.append("case ").append(found.index()).append(": ").append(forms()).append('\n');
        text.append("  repeat: ").append(command).append('\n');
        final State before = smallest.before();
        for (final Case.Step step : found.steps()) {
            text.append(
                    String.format(
                            "  %c %x  %-32s %s%n",
                            kept.contains(step) ? '>' : ' ',
                            before.rip() + step.offset(),
                            bytes(found.code(), step),
                            step.form()));
        }
        text.append("  before: flags ").append(Long.toHexString(before.flags())).append('\n');
        registers(text, before);
        fx(text, before.fxBuffer());
        text.append("  ended by ").append(Comparison.trap(expected)).append('\n');
        text.append("  differences (processor / other):\n");
        lines.forEach(line -> text.append("    ").append(line).append('\n'));
        return text.toString();
    }

    private static String bytes(final byte[] code, final Case.Step step) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < step.length(); i++) {
            text.append(String.format("%02x", code[step.offset() + i]));
        }
        return text.toString();
    }

    private static void registers(final StringBuilder text, final State state) {
        for (int i = 0; i < 16; i++) {
            text.append(i % 4 == 0 ? "    " : "  ")
                    .append(String.format("%-3s %016x", Comparison.register(i), state.gpr()[i]))
                    .append(i % 4 == 3 ? "\n" : "");
        }
    }

    private static void fx(final StringBuilder text, final ByteBuffer fx) {
        text.append(
                String.format(
                        "    fcw %04x fsw %04x tags %02x mxcsr %08x%n",
                        fx.getShort(State.FCW),
                        fx.getShort(State.FSW),
                        fx.get(State.FTW),
                        fx.getInt(State.MXCSR)));
        for (int i = 0; i < 8; i++) {
            text.append(i % 4 == 0 ? "    " : "  ")
                    .append("st")
                    .append(i)
                    .append(' ')
                    .append(Comparison.st(fx, State.ST + 16 * i))
                    .append(i % 4 == 3 ? "\n" : "");
        }
        for (int i = 0; i < 16; i++) {
            text.append(i % 2 == 0 ? "    " : "  ")
                    .append(String.format("xmm%-2d ", i))
                    .append(Comparison.xmm(fx, State.XMM + 16 * i))
                    .append(i % 2 == 1 ? "\n" : "");
        }
    }
}

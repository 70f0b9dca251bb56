package org.interposer.itests.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A processor whose results are spoilt where a form occurs, to see whether the test notices. */
final class SpoiltCpu implements UserCpu {
    private final UserCpu inner;
    private final String form;
    private final UnaryOperator<Result> spoil;

    SpoiltCpu(final UserCpu inner, final String form, final UnaryOperator<Result> spoil) {
        this.inner = inner;
        this.form = form;
        this.spoil = spoil;
    }

    @Override
    public List<Result> run(final List<Case> cases) throws IOException {
        final List<Result> results = new ArrayList<>(inner.run(cases));
        for (int i = 0; i < results.size(); i++) {
            if (runs(cases.get(i))) {
                results.set(i, spoil.apply(results.get(i)));
            }
        }
        return results;
    }

    private boolean runs(final Case one) {
        return one.steps().stream()
                .anyMatch(
                        step ->
                                step.form().startsWith(form + " ")
                                        && one.code()[step.offset()] != (byte) 0x90);
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}

package org.interposer.itests.differential.generate;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.interposer.itests.differential.Case;
import org.interposer.itests.differential.Flags;
import org.interposer.itests.differential.Layout;
import org.interposer.itests.differential.State;

/** Makes the cases of a run; a case depends on seed, index and the table of forms only. */
public final class CaseGenerator {
    private static final int SLOT = 256;
    private static final int SLOTS = Layout.CODE_SIZE / SLOT;

    private final long seed;
    private final int longest;
    private final List<Form> forms;
    private final Map<Form.Group, List<Form>> groups = new EnumMap<>(Form.Group.class);

    /** A generator of sequences of up to {@code longest} instructions. */
    public CaseGenerator(final FormTable table, final long seed, final int longest) {
        this.seed = seed;
        this.longest = longest;
        this.forms = table.forms();
        groups.putAll(forms.stream().collect(Collectors.groupingBy(Form::group)));
        if (forms.isEmpty()) {
            throw new IllegalArgumentException("no instruction form is selected");
        }
    }

    /** The case of this number. */
    public Case generate(final long index) {
        final Dice dice = new Dice(seed, index);
        final List<Form> chosen = choose(dice);
        final StateMaker maker = new StateMaker(dice, chosen);
        final int address = Layout.CODE + SLOT * (int) (index % SLOTS);
        final State before = maker.make(address);
        final Assembly assembly = new Assembly(address);
        final Encoder encoder =
                new Encoder(dice, assembly, before, chosen.size() == 1, maker.reserved());
        final FlagTracker flags = new FlagTracker();
        for (final Form form : chosen) {
            if (!flags.canRead(form)) {
                continue;
            }
            assembly.begin();
            final boolean conditional = assembly.conditional();
            encoder.encode(form);
            if (!assembly.fits()) {
                assembly.drop();
                break;
            }
            flags.apply(form, encoder.count(), 8 * encoder.operandSize(), conditional);
        }
        return new Case(
                index,
                assembly.steps(),
                assembly.finish(),
                before,
                maker.window(),
                flags.undefined() & Flags.STATUS,
                flags.ever());
    }

    private List<Form> choose(final Dice dice) {
        final List<Form> chosen = new ArrayList<>();
        final int count = dice.percent(40) ? 1 : 1 + dice.below(longest);
        final List<Form> group = group(dice);
        for (int i = 0; i < count; i++) {
            final List<Form> from = dice.percent(75) ? group : forms;
            Form form = from.get(dice.below(from.size()));
            if (form.has("fault") && dice.percent(85)) {
                form = from.get(dice.below(from.size()));
            }
            if (!form.has("last")) {
                chosen.add(form);
            } else if (chosen.isEmpty()) {
                return List.of(form);
            }
        }
        return chosen;
    }

    private List<Form> group(final Dice dice) {
        final int roll = dice.below(100);
        final Form.Group wanted =
                roll < 45
                        ? Form.Group.INTEGER
                        : roll < 63 ? Form.Group.X87 : roll < 72 ? Form.Group.MMX : Form.Group.SSE;
        return groups.getOrDefault(wanted, forms);
    }
}

package org.interposer.core.irqchip;

import org.interposer.api.irq.IrqLine;

/** A global system interrupt: the OR of its inputs. Guards their levels with its monitor. */
final class GsiLine {
    /** Gets the level of the line under the line's monitor, so that changes arrive in order. */
    interface Sink {
        void set(boolean level);
    }

    private final Sink sink;
    private int asserted;

    GsiLine(Sink sink) {
        this.sink = sink;
    }

    IrqLine newInput() {
        return new Input();
    }

    private final class Input implements IrqLine {
        private boolean level;

        @Override
        public void set(boolean wanted) {
            synchronized (GsiLine.this) {
                if (level == wanted) {
                    return;
                }
                level = wanted;
                asserted += wanted ? 1 : -1;
                boolean changes = asserted == (wanted ? 1 : 0);
                if (changes) {
                    sink.set(wanted);
                }
            }
        }
    }
}

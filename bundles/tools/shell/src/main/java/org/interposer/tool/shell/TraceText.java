package org.interposer.tool.shell;

import java.util.HexFormat;
import java.util.Locale;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.engine.TraceEvent;

/** An event of a trace as one line. */
final class TraceText {
    private static final HexFormat BYTES = HexFormat.ofDelimiter(" ");
    private static final String[] EXCEPTIONS = {
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "", "#TS", "#NP", "#SS",
        "#GP", "#PF", "", "#MF", "#AC", "#MC", "#XM"
    };

    private TraceText() {}

    static String line(long number, TraceEvent event) {
        return String.format("%8d vcpu%d %s", number, event.vcpu(), text(event));
    }

    private static String text(TraceEvent event) {
        if (event instanceof TraceEvent.Instruction i) {
            return String.format("insn %04x:%016x %s", i.cs(), i.rip(), BYTES.formatHex(i.bytes()));
        }
        if (event instanceof TraceEvent.Io io) {
            return io(io);
        }
        return interruption((TraceEvent.Interruption) event);
    }

    private static String io(TraceEvent.Io io) {
        boolean port = io.space() == AddressSpace.PORT;
        String what =
                port
                        ? io.write() ? "pio-out" : "pio-in"
                        : "mmio-" + (io.write() ? "write" : "read");
        return String.format(
                "%s %s size %d value %0" + io.size() * 2 + "x",
                what,
                String.format(port ? "%04x" : "%x", io.address()),
                io.size(),
                io.value());
    }

    private static String interruption(TraceEvent.Interruption i) {
        StringBuilder text = new StringBuilder(i.cause().name().toLowerCase(Locale.ROOT));
        text.append(String.format(" %02x", i.vector()));
        boolean named = i.cause() == TraceEvent.Cause.EXCEPTION && i.vector() < EXCEPTIONS.length;
        if (named && !EXCEPTIONS[i.vector()].isEmpty()) {
            text.append(' ').append(EXCEPTIONS[i.vector()]);
        }
        i.errorCode().ifPresent(code -> text.append(String.format(" error %04x", code)));
        i.cr2().ifPresent(cr2 -> text.append(String.format(" cr2 %016x", cr2)));
        return text.append(String.format(" rip %016x", i.rip())).toString();
    }
}

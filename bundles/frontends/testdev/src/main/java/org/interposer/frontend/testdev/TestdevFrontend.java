package org.interposer.frontend.testdev;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.Mapping;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.state.StateRecord;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.Designate;

/** The test device of a machine. */
@Component(
        service = Frontend.class,
        configurationPid = "org.interposer.frontend.testdev",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = TestdevConfig.class, factory = true)
public final class TestdevFrontend implements Frontend {
    private static final String TYPE = "testdev";
    private static final int LINES = 0x2000, GSIS = 24;
    private static final int LATCH = 0xe0, FLUSH = 0xe4, BYTES = 0xe8, LATCH_BYTES = 4;
    private static final long SCRATCH = 0xff00_0000L;
    private static final int SCRATCH_BYTES = 64 << 10;

    private final String id;
    private final List<Mapping> mappings = new ArrayList<>();
    private final List<IrqLine> lines = new ArrayList<>();
    private final Latch levels = new Latch(GSIS);
    private final Latch latch = new Latch(LATCH_BYTES);
    private final Latch scratch = new Latch(SCRATCH_BYTES);

    /** Checks the configuration. */
    @Activate
    public TestdevFrontend(TestdevConfig config) {
        if (config.machine() == null || config.machine().isEmpty() || config.id().isEmpty()) {
            throw new IllegalArgumentException(
                    "test device '"
                            + config.id()
                            + "' of machine '"
                            + config.machine()
                            + "': set both 'machine' and 'id'");
        }
        id = config.id();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String describe() {
        return "test device: GSIs at port 0x2000, latches at 0xe0 and 0xe8, 64 KiB at 0xff000000";
    }

    @Override
    public void realize(DeviceHost host) {
        for (int gsi = 0; gsi < GSIS; gsi++) {
            lines.add(host.interrupts().line(gsi));
        }
        map(host, AddressSpace.PORT, LINES, GSIS, new Lines());
        map(host, AddressSpace.PORT, LATCH, LATCH_BYTES, latch);
        map(host, AddressSpace.PORT, FLUSH, LATCH_BYTES, new Flush(host));
        map(host, AddressSpace.PORT, BYTES, LATCH_BYTES, latch);
        map(host, AddressSpace.MMIO, SCRATCH, SCRATCH_BYTES, scratch);
    }

    private void map(
            DeviceHost host, AddressSpace space, long base, int length, IoHandler handler) {
        mappings.add(host.bus().map(space, base, length, IoBus.PRIORITY_PLATFORM, id(), handler));
    }

    /** A byte a GSI: not zero raises it. Wider accesses mean nothing, as in pc-testdev. */
    private final class Lines implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (size == 1) {
                boolean raised = value != 0;
                levels.write(offset, 1, raised ? 1 : 0);
                lines.get((int) offset).set(raised);
            }
        }
    }

    /** A guest-physical address whose cached translations are to go. */
    private record Flush(DeviceHost host) implements IoHandler {
        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (size == LATCH_BYTES) {
                host.invalidateTranslations(value);
            }
        }
    }

    @Override
    public void reset() {
        for (int gsi = 0; gsi < lines.size(); gsi++) {
            if (levels.read(gsi, 1) != 0) {
                lines.get(gsi).set(false);
            }
        }
        levels.clear();
        latch.clear();
        scratch.clear();
    }

    @Override
    public void quiesce() {}

    @Override
    public void resume() {}

    @Override
    public StateRecord save() {
        return StateRecord.of(TYPE, 1)
                .put("levels", levels.save())
                .put("latch", latch.save())
                .put("scratch", scratch.save())
                .build();
    }

    @Override
    public void restore(StateRecord state) {
        state.expect(TYPE, 1);
        latch.restore(state.bytes("latch"));
        scratch.restore(state.bytes("scratch"));
        levels.restore(state.bytes("levels"));
        for (int gsi = 0; gsi < lines.size(); gsi++) {
            lines.get(gsi).set(levels.read(gsi, 1) != 0);
        }
    }

    @Override
    public void unrealize() {
        mappings.forEach(Mapping::close);
        mappings.clear();
        lines.forEach(line -> line.set(false));
        lines.clear();
    }
}

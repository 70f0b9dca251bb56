package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockGeometry;
import org.interposer.api.block.BlockInterposerProvider;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.PortStatus;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ChainCommandsTest {
    private final FakeContainer container = new FakeContainer();
    private final ChainCommands chain =
            new ChainCommands(container::open, new Configs(container.admin()));
    private List<String> stages = List.of("a");
    private final List<SwapReport> reports = new ArrayList<>();
    private Optional<String> refusal = Optional.empty();
    private long failed;

    @BeforeEach
    void aPortTwoBackEndsAndAMeter() throws Exception {
        container.services.add(port("demo", "disk0"));
        for (String id : List.of("a", "b")) {
            container.services.add(
                    FakeContainer.proxy(BlockBackendProvider.class, (name, arguments) -> id));
        }
        container.services.add(
                FakeContainer.proxy(BlockInterposerProvider.class, (name, arguments) -> "m1"));
        Hashtable<String, Object> disk = new Hashtable<>();
        disk.put("machine", "demo");
        disk.put("id", "disk0");
        disk.put("chain", new String[] {"a"});
        container.admin().getFactoryConfiguration("virtio.blk", "demo.disk0", "?").update(disk);
    }

    private BlockPortControl port(String machine, String device) {
        return FakeContainer.proxy(
                BlockPortControl.class,
                (name, arguments) ->
                        switch (name) {
                            case "machine" -> machine;
                            case "device" -> device;
                            case "status" -> status();
                            case "history" -> List.copyOf(reports);
                            case "insert" -> {
                                List<String> next = new ArrayList<>(stages);
                                next.add((Integer) arguments[1], (String) arguments[0]);
                                yield changed(next);
                            }
                            case "replace" -> {
                                List<String> next = new ArrayList<>(stages);
                                next.replaceAll(
                                        s -> s.equals(arguments[0]) ? (String) arguments[1] : s);
                                yield changed(next);
                            }
                            case "remove" -> {
                                List<String> next = new ArrayList<>(stages);
                                next.remove(arguments[0]);
                                yield changed(next);
                            }
                            default -> null;
                        });
    }

    private SwapReport changed(List<String> next) throws SwapException {
        if (refusal.isPresent()) {
            throw new SwapException(refusal.get());
        }
        List<String> before = stages;
        stages = next;
        SwapReport report = report(before, next);
        reports.add(report);
        return report;
    }

    private static SwapReport report(List<String> before, List<String> after) {
        return new SwapReport(
                Instant.EPOCH, "swap", before, after, 1, 250_000, 2, 3, 4, 5, 0, Optional.empty());
    }

    private PortStatus status() {
        return new PortStatus(
                stages.stream()
                        .map(s -> new PortStatus.Stage(s, "stage " + s, true, Map.of("reads", "7")))
                        .toList(),
                Optional.empty(),
                new BlockGeometry(2048, 512, 4096, 0, false, true, true),
                3,
                100,
                failed,
                new PortStatus.Pauses(2, 1000, 2000, 3_000_000));
    }

    @Test
    void aChangeIsMadeToldAndKeptInTheFrontEndsConfiguration() throws Exception {
        chain.insert(container.session(), "demo/disk0", "m1");
        assertEquals(List.of("m1", "a"), stages);
        assertTrue(container.output().contains("demo/disk0: m1 → a in 250.0 µs"));
        assertArrayEquals(new String[] {"m1", "a"}, kept());
        Object stamp = stamp();
        chain.swap(container.session(), "disk0", "b");
        assertArrayEquals(new String[] {"m1", "b"}, kept());
        assertNotEquals(stamp, stamp(), "each change has a stamp of its own");
        chain.remove(container.session(), "demo", "m1");
        assertArrayEquals(new String[] {"b"}, kept());
    }

    @Test
    void aRefusedChangeLeavesTheConfigurationAndTellsTheReason() {
        refusal = Optional.of("port demo/disk0: 'b' is too small");
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class,
                        () -> chain.swap(container.session(), "disk0", "b"));
        assertEquals("port demo/disk0: 'b' is too small", e.getMessage());
        assertArrayEquals(new String[] {"a"}, kept());
    }

    @Test
    void aPortOfAMachineThatHasEndedTellsHow() {
        container.services.add(
                FakeContainer.proxy(
                        Machine.class,
                        (name, arguments) ->
                                switch (name) {
                                    case "name" -> "gone";
                                    case "state" -> MachineState.STOPPED;
                                    default -> new MachineOutcome.PoweredOff();
                                }));
        wrong(
                "there is no port 'gone/disk0'; there is demo/disk0; the ports of a machine are"
                        + " there while it runs; machine 'gone': powered off",
                "gone/disk0",
                "b");
    }

    @Test
    void unknownPortsAndStagesAreNamedWithThoseThereAre() {
        wrong("there is no port 'disk9'; there is demo/disk0; the ports", "disk9", "b");
        wrong("there is no back-end or interposer 'c'; there is a, b, m1", "disk0", "c");
        wrong("there is no stage 'm1'; there is a", "disk0", "m1", "b");
        container.services.add(port("demo", "disk1"));
        wrong("'demo' may be any of demo/disk0, demo/disk1", "demo", "b");
    }

    @Test
    void theDrawingShowsEveryStageWithItsFigures() throws Exception {
        stages = List.of("m1", "a");
        chain.show(container.session(), "demo/disk0");
        String drawing = container.output();
        assertTrue(drawing.startsWith("demo/disk0  1 MiB\n"), drawing);
        assertTrue(drawing.contains("3 in flight, 100 admitted, 0 failed"), drawing);
        assertTrue(drawing.contains("<m1>  stage m1"), drawing);
        assertTrue(drawing.contains("[a]  stage a"), drawing);
        assertTrue(drawing.contains("2 pauses: p50 1.0 µs, p99 2.0 µs, longest 3.00 ms"), drawing);
    }

    @Test
    void theHistoryEndsWithWhatTheGuestSaw() throws Exception {
        chain.history(container.session(), "disk0");
        assertEquals(
                "no changes yet\nguest-visible errors: 0 of 100 requests\n", container.output());
        failed = 4;
        chain.swap(container.session(), "disk0", "b");
        chain.history(container.session(), "disk0");
        String history = container.output();
        assertTrue(history.contains("250.0 µs"), history);
        assertTrue(history.endsWith("\nguest-visible errors: 4 of 100 requests\n"), history);
    }

    private Object stamp() {
        return container.configurations.get("virtio.blk~demo.disk0").get("chainStamp");
    }

    private String[] kept() {
        return (String[]) container.configurations.get("virtio.blk~demo.disk0").get("chain");
    }

    private void wrong(String expected, String... arguments) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> chain.swap(container.session(), arguments))
                        .getMessage();
        assertTrue(message.startsWith(expected), message);
    }
}

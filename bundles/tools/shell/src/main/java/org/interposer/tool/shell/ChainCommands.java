package org.interposer.tool.shell;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockInterposerProvider;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.PortStatus;
import org.interposer.api.block.SwapException;
import org.interposer.api.block.SwapReport;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The commands over chains. A port is {@code machine/device}, or either alone where that is enough.
 */
@Component(
        service = ChainCommands.class,
        property = {
            "osgi.command.scope=chain",
            "osgi.command.function=show",
            "osgi.command.function=insert",
            "osgi.command.function=remove",
            "osgi.command.function=swap",
            "osgi.command.function=set",
            "osgi.command.function=hold",
            "osgi.command.function=release",
            "osgi.command.function=history",
            "osgi.command.function=__ports",
            "osgi.command.function=__stages"
        })
public final class ChainCommands {
    private final Command command;
    private final Services.Source source;
    private final Configs configs;
    private long changes;

    /** Works with the services of the container. */
    @Activate
    public ChainCommands(BundleContext context, @Reference ConfigurationAdmin admin) {
        this(() -> new BundleServices(context), new Configs(admin));
    }

    ChainCommands(Services.Source source, Configs configs) {
        this.source = source;
        this.command = new Command(source);
        this.configs = configs;
    }

    @Descriptor("Draws the chain of a port, or of all.")
    public void show(CommandSession session, @Descriptor("[PORT]") String... args)
            throws Exception {
        command.run(
                Usage.of("chain:show", "[PORT]", "Draws the chain of a port, or of all."),
                session,
                args,
                (a, services, out) -> {
                    List<BlockPortControl> ports =
                            a.operandIfGiven(0)
                                    .map(name -> List.of(Find.port(services, name)))
                                    .orElseGet(() -> Find.ports(services));
                    for (BlockPortControl port : ports) {
                        out.print(ChainDrawing.draw(Find.name(port), port.status()));
                    }
                    if (ports.isEmpty()) {
                        out.println("no chains; the chains of a machine are there while it runs");
                    }
                });
    }

    @Descriptor("Puts an interposer into a running chain.")
    public void insert(
            CommandSession session, @Descriptor("PORT INTERPOSER [--at N]") String... args)
            throws Exception {
        Usage usage =
                Usage.of(
                                "chain:insert",
                                "PORT INTERPOSER",
                                "Puts an interposer into a running chain.")
                        .option("--at", "N", "place; 0, the default, is next to the front-end");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    BlockPortControl port = Find.port(services, a.operand(0));
                    int at = a.number("--at", 0, stages(port).size() - 1).orElse(0);
                    checkKnown(services, a.operand(1));
                    change(port, p -> p.insert(a.operand(1), at), out);
                });
    }

    @Descriptor("Takes an interposer out of a running chain.")
    public void remove(CommandSession session, @Descriptor("PORT INTERPOSER") String... args)
            throws Exception {
        command.run(
                Usage.of(
                        "chain:remove",
                        "PORT INTERPOSER",
                        "Takes an interposer out of a running chain."),
                session,
                args,
                (a, services, out) -> {
                    BlockPortControl port = Find.port(services, a.operand(0));
                    checkStage(port, a.operand(1));
                    change(port, p -> p.remove(a.operand(1)), out);
                });
    }

    @Descriptor("Exchanges a stage of a running chain, the back-end unless OLD is named.")
    public void swap(CommandSession session, @Descriptor("PORT [OLD] NEW") String... args)
            throws Exception {
        command.run(
                Usage.of(
                        "chain:swap",
                        "PORT [OLD] NEW",
                        "Exchanges a stage of a running chain, the back-end unless OLD is named."),
                session,
                args,
                (a, services, out) -> {
                    BlockPortControl port = Find.port(services, a.operand(0));
                    List<String> stages = stages(port);
                    boolean named = a.operandIfGiven(2).isPresent();
                    String old = named ? a.operand(1) : stages.get(stages.size() - 1);
                    String successor = a.operand(named ? 2 : 1);
                    checkStage(port, old);
                    checkKnown(services, successor);
                    change(port, p -> p.replace(old, successor), out);
                });
    }

    @Descriptor("Makes a running chain be just this, from the front-end down.")
    public void set(CommandSession session, @Descriptor("PORT STAGE...") String... args)
            throws Exception {
        command.run(
                Usage.of(
                        "chain:set",
                        "PORT STAGE...",
                        "Makes a running chain be just this, from the front-end down."),
                session,
                args,
                (a, services, out) -> {
                    BlockPortControl port = Find.port(services, a.operand(0));
                    a.operandsFrom(1).forEach(stage -> checkKnown(services, stage));
                    change(port, p -> p.swap(a.operandsFrom(1)), out);
                });
    }

    @Descriptor("Admits no requests; returns when the back-end is at rest.")
    public void hold(CommandSession session, @Descriptor("PORT") String... args) throws Exception {
        command.run(
                Usage.of(
                        "chain:hold",
                        "PORT",
                        "Admits no requests; returns when the back-end is at rest."),
                session,
                args,
                (a, services, out) -> {
                    BlockPortControl port = Find.port(services, a.operand(0));
                    port.hold();
                    out.println(Find.name(port) + ": on hold; chain:release " + Find.name(port));
                });
    }

    @Descriptor("Admits requests again.")
    public void release(CommandSession session, @Descriptor("PORT") String... args)
            throws Exception {
        command.run(
                Usage.of("chain:release", "PORT", "Admits requests again."),
                session,
                args,
                (a, services, out) -> {
                    BlockPortControl port = Find.port(services, a.operand(0));
                    port.release();
                    out.println(Find.name(port) + ": released");
                });
    }

    @Descriptor("Shows the changes of a chain and the pauses they made.")
    public void history(CommandSession session, @Descriptor("PORT") String... args)
            throws Exception {
        command.run(
                Usage.of(
                        "chain:history",
                        "PORT",
                        "Shows the changes of a chain and the pauses they made."),
                session,
                args,
                (a, services, out) -> {
                    BlockPortControl port = Find.port(services, a.operand(0));
                    out.print(ChainDrawing.history(port.history()));
                    out.println(ChainDrawing.guestErrors(port.status()));
                });
    }

    @FunctionalInterface
    private interface Change {
        SwapReport on(BlockPortControl port) throws SwapException;
    }

    private void change(BlockPortControl port, Change change, PrintStream out)
            throws SwapException, IOException {
        SwapReport report = change.on(port);
        persist(port, report.after());
        out.println(Find.name(port) + ": " + ChainDrawing.line(report));
    }

    /** The next start of the machine finds the chain as it is now. */
    private synchronized void persist(BlockPortControl port, List<String> chain)
            throws IOException {
        String filter =
                String.format(
                        "(&(machine=%s)(id=%s)(chain=*))",
                        Configs.escaped(port.machine()), Configs.escaped(port.device()));
        for (Configuration configuration : configs.find(filter)) {
            // The stamp tells the front-end that this chain is in service already.
            Configs.set(
                    configuration,
                    Map.of(
                            "chain",
                            chain.toArray(String[]::new),
                            "chainStamp",
                            System.currentTimeMillis() << 20 | changes++));
        }
    }

    private static List<String> stages(BlockPortControl port) {
        return port.status().stages().stream().map(PortStatus.Stage::id).toList();
    }

    private static void checkStage(BlockPortControl port, String stage) {
        if (!stages(port).contains(stage)) {
            throw Names.unknown("stage", stage, stages(port), "");
        }
    }

    private static void checkKnown(Services services, String id) {
        List<String> known = known(services);
        if (!known.contains(id)) {
            throw Names.unknown(
                    "back-end or interposer",
                    id,
                    known,
                    "backend:create and interposer:create make them");
        }
    }

    private static List<String> known(Services services) {
        List<String> known = new ArrayList<>();
        services.all(BlockBackendProvider.class).forEach(b -> known.add(b.id()));
        services.all(BlockInterposerProvider.class).forEach(i -> known.add(i.id()));
        return known;
    }

    /** Ports for completion. */
    public List<String> __ports() {
        try (Services services = source.open()) {
            return Find.ports(services).stream().map(Find::name).toList();
        }
    }

    /** Back-ends and interposers for completion. */
    public List<String> __stages() {
        try (Services services = source.open()) {
            return known(services);
        }
    }

    /** Figures of a stage in one line. */
    static String metrics(Map<String, String> metrics) {
        List<String> words = new ArrayList<>();
        metrics.forEach((key, value) -> words.add(key + " " + value));
        return String.join(", ", words);
    }
}

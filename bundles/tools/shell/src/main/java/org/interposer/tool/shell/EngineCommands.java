package org.interposer.tool.shell;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.engine.Engine;
import org.interposer.api.engine.EngineReport;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The commands over engines. */
@Component(
        service = EngineCommands.class,
        property = {
            "osgi.command.scope=engine",
            "osgi.command.function=list",
            "osgi.command.function=info",
            "osgi.command.function=exits",
            "osgi.command.function=__engines"
        })
public final class EngineCommands {
    private final Services.Source source;
    private final Command command;

    /** Works with the services of the container. */
    @Activate
    public EngineCommands(BundleContext context) {
        this(() -> new BundleServices(context));
    }

    EngineCommands(Services.Source source) {
        this.source = source;
        this.command = new Command(source);
    }

    private static List<Engine> engines(Services services) {
        return services.all(Engine.class).stream()
                .sorted(Comparator.comparing(Engine::name))
                .toList();
    }

    @Descriptor("Lists the engines and what they can do here.")
    public void list(CommandSession session, @Descriptor("--help") String... args)
            throws Exception {
        command.run(
                Usage.of("engine:list", "", "Lists the engines and what they can do here."),
                session,
                args,
                (a, services, out) -> {
                    Table table = new Table("NAME", "USABLE", "KERNELS", "SUMMARY");
                    for (Engine engine : engines(services)) {
                        EngineReport report = engine.report();
                        table.row(
                                engine.name(),
                                report.usable() ? "yes" : "no",
                                report.runsKernelCode() ? "yes" : "no",
                                report.summary());
                    }
                    out.print(
                            table.isEmpty()
                                    ? "no engines; install and start org.interposer.engine.kvm\n"
                                    : table.toString());
                });
    }

    @Descriptor("Shows all an engine has found out about this host.")
    public void info(CommandSession session, @Descriptor("NAME") String... args) throws Exception {
        Usage usage =
                Usage.of(
                                "engine:info",
                                "NAME",
                                "Shows all an engine has found out about this host.")
                        .flag("--verdict", "only the summary; fails unless it runs kernels here");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    EngineReport report = Find.engine(services, a.operand(0)).report();
                    out.println(report.summary());
                    if (a.flag("--verdict")) {
                        if (!report.runsKernelCode()) {
                            throw new IllegalStateException(
                                    "engine '" + a.operand(0) + "' cannot run kernels here");
                        }
                        return;
                    }
                    out.println(
                            "irqchip: "
                                    + report.irqchipModes().stream()
                                            .map(m -> m.name().toLowerCase())
                                            .collect(Collectors.joining(", ")));
                    Table table = new Table("CAPABILITY", "VALUE");
                    report.capabilities().forEach(table::row);
                    out.print(table);
                });
    }

    @Descriptor("Counts a machine's engine exits by cause, the most frequent first.")
    public void exits(CommandSession session, @Descriptor("MACHINE") String... args)
            throws Exception {
        command.run(
                Usage.of(
                        "engine:exits",
                        "MACHINE",
                        "Counts a machine's engine exits by cause, the most frequent first."),
                session,
                args,
                (a, services, out) ->
                        out.print(ExitTable.of(Find.machine(services, a.operand(0)).info())));
    }

    /** Names for completion. */
    public List<String> __engines() {
        try (Services services = source.open()) {
            return engines(services).stream().map(Engine::name).toList();
        }
    }
}

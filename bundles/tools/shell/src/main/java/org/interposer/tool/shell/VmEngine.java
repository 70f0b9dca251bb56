package org.interposer.tool.shell;

import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.machine.Machine;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The command {@code vm:engine}: a running machine goes from one engine to another. */
@Component(
        service = VmEngine.class,
        property = {"osgi.command.scope=vm", "osgi.command.function=engine"})
public final class VmEngine {
    private static final Usage USAGE =
            Usage.of(
                            "vm:engine",
                            "NAME ENGINE",
                            "Moves a running machine to another engine (kvm, softcpu); the guest"
                                    + " goes on. Lasts until the machine stops. Needs a machine"
                                    + " made with --irqchip user --cpu-model v2.")
                    .flag(
                            "--force",
                            "also where the guest may use CPU features that the engine lacks, or"
                                    + " where the engine does not run ordinary kernels");

    private final Command command;

    /** Works with the services of the container. */
    @Activate
    public VmEngine(BundleContext context) {
        this(() -> new BundleServices(context));
    }

    VmEngine(Services.Source source) {
        this.command = new Command(source);
    }

    @Descriptor("Moves a running machine to another engine.")
    public void engine(CommandSession session, @Descriptor("NAME ENGINE [--force]") String... args)
            throws Exception {
        command.run(
                USAGE,
                session,
                args,
                (a, services, out) -> {
                    Machine machine = Find.machine(services, a.operand(0));
                    String to = Find.engine(services, a.operand(1)).name();
                    String from = machine.info().engine();
                    long nanos = machine.moveTo(to, a.flag("--force"));
                    out.printf(
                            "%s: %s → %s, the guest stood still for %d ms%n",
                            machine.name(), from, to, TimeUnit.NANOSECONDS.toMillis(nanos));
                });
    }
}

package org.interposer.tool.shell;

import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Function;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.machine.MachineState;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * The command {@code vm:wait}. It is a function of its own because Gogo would otherwise take {@link
 * Object#wait()} for a candidate.
 */
@Component(
        service = VmWait.class,
        property = {"osgi.command.scope=vm", "osgi.command.function=wait"})
public final class VmWait implements Function {
    private final Command command;

    /** Works with the services of the container. */
    @Activate
    public VmWait(BundleContext context) {
        this(() -> new BundleServices(context));
    }

    VmWait(Services.Source source) {
        this.command = new Command(source);
    }

    @Override
    public Object execute(CommandSession session, List<Object> arguments) throws Exception {
        wait(session, arguments.stream().map(String::valueOf).toArray(String[]::new));
        return null;
    }

    @Descriptor("Waits until a machine has stopped; fails unless it ended well.")
    public void wait(CommandSession session, @Descriptor("NAME [--timeout S]") String... args)
            throws Exception {
        Usage usage =
                Usage.of(
                                "vm:wait",
                                "NAME",
                                "Waits until a machine has stopped; fails unless it ended well.")
                        .option("--timeout", "S", "seconds to wait at most (a day)")
                        .option("--expect", "A,B", "guest exit statuses that count as well (1,33)");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    Machine machine = Find.machine(services, a.operand(0));
                    long seconds =
                            a.number("--timeout", 0, Integer.MAX_VALUE)
                                    .map(Integer::longValue)
                                    .orElse(VmCommands.DAY_SECONDS);
                    await(machine, seconds, expected(a), out);
                });
    }

    private static void await(Machine machine, long seconds, Set<Integer> good, PrintStream out)
            throws InterruptedException {
        String name = machine.name();
        if (machine.state() == MachineState.DEFINED) {
            throw new IllegalStateException(
                    "machine '" + name + "' was never started; vm:start " + name);
        }
        if (!machine.awaitStopped(seconds, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    String.format(
                            "machine '%s' is still %s after %d s; vm:console %s shows what it"
                                    + " does, vm:stop %s ends it",
                            name, machine.state().name().toLowerCase(), seconds, name, name));
        }
        MachineOutcome outcome = machine.outcome();
        if (!Outcomes.isGood(outcome, good)) {
            throw new IllegalStateException("machine '" + name + "': " + Outcomes.text(outcome));
        }
        out.println(name + ": " + Outcomes.text(outcome));
    }

    private static Set<Integer> expected(Arguments a) {
        try {
            return a.value("--expect")
                    .map(
                            text ->
                                    List.of(text.split(",")).stream()
                                            .map(s -> Integer.parseInt(s.trim()))
                                            .collect(Collectors.toSet()))
                    .orElse(Outcomes.GOOD);
        } catch (NumberFormatException e) {
            throw a.wrong("--expect takes numbers with commas between them");
        }
    }
}

package org.interposer.tool.shell;

import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.machine.Machine;
import org.osgi.service.cm.Configuration;

/** Carries out a plan, entirely or not at all. */
final class MachineCreator {
    private static final String BACKEND = "org.interposer.backend.block.";
    private static final String CONSOLE = "org.interposer.backend.character.";

    private final Services.Source source;
    private final Configs configs;
    private final Failures failures;
    private final Arrival arrival;

    MachineCreator(Services.Source source, Configs configs, Failures failures) {
        this.source = source;
        this.configs = configs;
        this.failures = failures;
        this.arrival = new Arrival(source);
    }

    /** Makes the machine, starts it when told so; its configurations. */
    List<Configuration> create(MachinePlan plan, boolean start) throws Exception {
        check(plan);
        List<Configuration> made = configs.create(plan.entries());
        try {
            for (Configs.Entry entry : plan.entries()) {
                await(plan, entry);
            }
            if (start) {
                try (Services services = source.open()) {
                    Find.machine(services, plan.name()).start();
                }
            }
            return made;
        } catch (Exception e) {
            configs.delete(made);
            arrival.gone(Machine.class, m -> m.name().equals(plan.name()));
            throw e;
        }
    }

    private void check(MachinePlan plan) throws IOException {
        for (Configs.Entry entry : plan.entries()) {
            if (!failures.isKnown(entry.factoryPid())) {
                throw new IllegalStateException(
                        "cannot create '"
                                + plan.name()
                                + "': "
                                + failures.reason(entry.factoryPid(), entry.name()));
            }
        }
        try (Services services = source.open()) {
            if (services.all(Machine.class).stream().anyMatch(m -> m.name().equals(plan.name()))) {
                throw new IllegalArgumentException(
                        "there is a machine '"
                                + plan.name()
                                + "' already; vm:delete "
                                + plan.name()
                                + " removes it");
            }
            List<String> backends =
                    services.all(BlockBackendProvider.class).stream()
                            .map(BlockBackendProvider::id)
                            .toList();
            for (String id : plan.newBackends()) {
                if (backends.contains(id)) {
                    throw new IllegalArgumentException(
                            "there is a back-end '"
                                    + id
                                    + "' already; use it with --disk backend:"
                                    + id
                                    + ", or give the new one another id");
                }
            }
            for (String id : plan.usedBackends()) {
                if (!backends.contains(id)) {
                    throw Names.unknown("back-end", id, backends, "backend:create makes one");
                }
            }
        }
        for (Configs.Entry entry : plan.entries()) {
            if (configs.exists(entry)) {
                throw new IllegalArgumentException(
                        "there is a configuration "
                                + entry.factoryPid()
                                + "~"
                                + entry.name()
                                + " already; vm:delete "
                                + plan.name()
                                + " removes what is left of an older machine");
            }
        }
    }

    private void await(MachinePlan plan, Configs.Entry entry) throws InterruptedException {
        String pid = entry.factoryPid();
        String id = String.valueOf(entry.properties().get("id"));
        BooleanSupplier failed = () -> failures.hasFailed(pid, entry.name());
        boolean there;
        if (pid.equals(Machine.PID)) {
            there = arrival.there(Machine.class, "", m -> m.name().equals(plan.name()), failed);
        } else if (pid.startsWith(BACKEND)) {
            there = arrival.there(BlockBackendProvider.class, "", b -> b.id().equals(id), failed);
        } else if (pid.startsWith(CONSOLE)) {
            there = arrival.there(CharacterBackend.class, "", b -> b.id().equals(id), failed);
        } else {
            String filter = "(" + Frontend.MACHINE + "=" + Configs.escaped(plan.name()) + ")";
            there = arrival.there(Frontend.class, filter, d -> d.id().equals(id), failed);
        }
        if (!there) {
            throw new IllegalStateException(
                    "cannot create '" + plan.name() + "': " + failures.reason(pid, entry.name()));
        }
    }
}

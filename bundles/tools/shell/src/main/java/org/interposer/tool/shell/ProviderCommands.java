package org.interposer.tool.shell;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.felix.service.command.CommandSession;
import org.interposer.api.block.BlockPortControl;
import org.interposer.api.block.PortStatus;
import org.osgi.service.cm.Configuration;

/** What creating, deleting and explaining is the same for: back-ends and interposers. */
final class ProviderCommands {
    /**
     * What kind of thing the commands are for.
     *
     * @param scope of the commands
     * @param noun for messages
     */
    record Kind(String scope, String noun) {}

    /** Something in the list of a kind. */
    record Listed(String id, String description) {}

    /** Finds all of a kind. */
    @FunctionalInterface
    interface Lister {
        List<Listed> list(Services services);
    }

    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(6);

    private final Kind kind;
    private final Services.Source source;
    private final Command command;
    private final Configs configs;
    private final Failures failures;
    private final Lister lister;

    ProviderCommands(
            Kind kind, Services.Source source, Configs configs, Failures failures, Lister lister) {
        this.kind = kind;
        this.source = source;
        this.command = new Command(source);
        this.configs = configs;
        this.failures = failures;
        this.lister = lister;
    }

    void list(CommandSession session, String[] args) throws Exception {
        Usage usage =
                Usage.of(
                        kind.scope() + ":list",
                        "",
                        "Lists the " + kind.noun() + "s and their use.");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    Table table = new Table("ID", "USED BY", "DESCRIPTION");
                    for (Listed each : lister.list(services)) {
                        table.row(
                                each.id(),
                                String.join(", ", users(services, each.id())),
                                each.description());
                    }
                    out.print(
                            table.isEmpty()
                                    ? "no "
                                            + kind.noun()
                                            + "s; "
                                            + kind.scope()
                                            + ":create makes one\n"
                                    : table.toString());
                });
    }

    void types(CommandSession session, String[] args, Map<String, Types.Type> types)
            throws Exception {
        Usage usage =
                Usage.of(
                        kind.scope() + ":types",
                        "[TYPE]",
                        "Lists the kinds of " + kind.noun() + "s, or the keys of one.");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    if (a.operandIfGiven(0).isPresent()) {
                        keys(type(types, a.operand(0)), out);
                        return;
                    }
                    Table table = new Table("TYPE", "DESCRIPTION");
                    types.values().forEach(t -> table.row(t.name(), t.text()));
                    out.print(table);
                });
    }

    private static void keys(Types.Type type, PrintStream out) {
        Table table = new Table("KEY", "DEFAULT", "DESCRIPTION");
        type.keys()
                .values()
                .forEach(k -> table.row(k.id(), k.standard().orElse("(required)"), k.text()));
        out.print(table);
    }

    void create(CommandSession session, String[] args, Map<String, Types.Type> types)
            throws Exception {
        Usage usage =
                Usage.of(
                        kind.scope() + ":create",
                        "TYPE ID [KEY=VALUE...]",
                        "Creates one; "
                                + kind.scope()
                                + ":types lists the types and "
                                + kind.scope()
                                + ":types TYPE its keys.");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    Types.Type type = type(types, a.operand(0));
                    String id = a.operand(1);
                    if (lister.list(services).stream().anyMatch(l -> l.id().equals(id))) {
                        throw new IllegalArgumentException(
                                "there is a "
                                        + kind.noun()
                                        + " '"
                                        + id
                                        + "' already; choose another id");
                    }
                    Map<String, Object> properties =
                            new TreeMap<>(
                                    Types.properties(
                                            type, a.operandsFrom(2), session.currentDir()));
                    properties.put("id", id);
                    create(new Configs.Entry(type.factoryPid(), id, properties));
                    out.println(id + ": created");
                });
    }

    private static Types.Type type(Map<String, Types.Type> types, String name) {
        Types.Type type = types.get(name);
        if (type == null) {
            throw Names.unknown("type", name, types.keySet(), "install a bundle that offers it");
        }
        return type;
    }

    private void create(Configs.Entry entry) throws Exception {
        List<Configuration> made = configs.create(List.of(entry));
        if (!isListed(entry)) {
            String reason = failures.reason(entry.factoryPid(), entry.name());
            configs.delete(made);
            throw new IllegalStateException("cannot create '" + entry.name() + "': " + reason);
        }
    }

    private boolean isListed(Configs.Entry entry) throws InterruptedException {
        long end = System.nanoTime() + LIMIT_NANOS;
        while (System.nanoTime() - end < 0) {
            try (Services services = source.open()) {
                if (lister.list(services).stream().anyMatch(l -> l.id().equals(entry.name()))) {
                    return true;
                }
            }
            if (failures.hasFailed(entry.factoryPid(), entry.name())) {
                return false;
            }
            Thread.sleep(10);
        }
        return false;
    }

    void delete(CommandSession session, String[] args) throws Exception {
        Usage usage =
                Usage.of(
                                kind.scope() + ":delete",
                                "ID",
                                "Deletes one that no chain uses; files stay.")
                        .flag("--force", "also when a chain uses it: its port goes on hold");
        command.run(
                usage,
                session,
                args,
                (a, services, out) -> {
                    String id = a.operand(0);
                    List<String> known = lister.list(services).stream().map(Listed::id).toList();
                    if (!known.contains(id)) {
                        throw Names.unknown(kind.noun(), id, known, "");
                    }
                    List<String> users = users(services, id);
                    if (!users.isEmpty() && !a.flag("--force")) {
                        throw new IllegalStateException(
                                String.format(
                                        "%s '%s' is used by %s; chain:remove or chain:swap takes"
                                                + " it out, --force deletes it all the same",
                                        kind.noun(), id, String.join(", ", users)));
                    }
                    configs.delete(configurations(id));
                    out.println(id + ": deleted");
                });
    }

    private List<Configuration> configurations(String id) throws Exception {
        String filter = "(&(id=" + Configs.escaped(id) + ")(service.factoryPid=*)(!(machine=*)))";
        List<Configuration> found = configs.find(filter);
        if (found.isEmpty()) {
            throw new IllegalStateException(
                    kind.noun() + " '" + id + "' has no configuration that could be deleted");
        }
        return found;
    }

    private static List<String> users(Services services, String id) {
        return Find.ports(services).stream()
                .filter(p -> stages(p).contains(id))
                .map(Find::name)
                .toList();
    }

    private static List<String> stages(BlockPortControl port) {
        return port.status().stages().stream().map(PortStatus.Stage::id).toList();
    }
}

package org.interposer.tool.shell;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.block.BlockInterposerProvider;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.metatype.MetaTypeService;

/** The commands over interposers. */
@Component(
        service = InterposerCommands.class,
        property = {
            "osgi.command.scope=interposer",
            "osgi.command.function=list",
            "osgi.command.function=types",
            "osgi.command.function=create",
            "osgi.command.function=delete",
            "osgi.command.function=__interposers",
            "osgi.command.function=__interposertypes"
        })
public final class InterposerCommands {
    private final Services.Source source;
    private final Types types;
    private final ProviderCommands commands;

    /** Works with the services of the container. */
    @Activate
    public InterposerCommands(
            BundleContext context,
            @Reference ConfigurationAdmin admin,
            @Reference ServiceComponentRuntime components,
            @Reference MetaTypeService metatypes) {
        source = () -> new BundleServices(context);
        types = new Types(context, components, metatypes);
        commands =
                new ProviderCommands(
                        new ProviderCommands.Kind("interposer", "interposer"),
                        source,
                        new Configs(admin),
                        new Failures(components),
                        InterposerCommands::all);
    }

    private static List<ProviderCommands.Listed> all(Services services) {
        return services.all(BlockInterposerProvider.class).stream()
                .map(p -> new ProviderCommands.Listed(p.id(), p.describe()))
                .sorted(Comparator.comparing(ProviderCommands.Listed::id))
                .toList();
    }

    private Map<String, Types.Type> kinds() {
        return types.offering(BlockInterposerProvider.class);
    }

    @Descriptor("Lists the interposers and their use.")
    public void list(CommandSession session, @Descriptor("--help") String... args)
            throws Exception {
        commands.list(session, args);
    }

    @Descriptor("Lists the kinds of interposers, or the keys of one.")
    public void types(CommandSession session, @Descriptor("[TYPE]") String... args)
            throws Exception {
        commands.types(session, args, kinds());
    }

    @Descriptor("Creates one.")
    public void create(CommandSession session, @Descriptor("TYPE ID KEY=VALUE...") String... args)
            throws Exception {
        commands.create(session, args, kinds());
    }

    @Descriptor("Deletes one that no chain uses; files stay.")
    public void delete(CommandSession session, @Descriptor("ID") String... args) throws Exception {
        commands.delete(session, args);
    }

    /** Ids for completion. */
    public List<String> __interposers() {
        try (Services services = source.open()) {
            return all(services).stream().map(ProviderCommands.Listed::id).toList();
        }
    }

    /** Kinds for completion. */
    public List<String> __interposertypes() {
        return List.copyOf(kinds().keySet());
    }
}

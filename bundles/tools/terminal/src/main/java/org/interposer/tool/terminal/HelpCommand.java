package org.interposer.tool.terminal;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Lists the commands with what they do, and explains one. */
public final class HelpCommand {
    private static final Set<String> INNER_SCOPES = Set.of("gogo", "felix", "scr", "cm");
    private static final String FILTER =
            "(&("
                    + CommandProcessor.COMMAND_SCOPE
                    + "=*)("
                    + CommandProcessor.COMMAND_FUNCTION
                    + "=*))";

    private final BundleContext context;

    /** One command: all methods of its service that it may mean. */
    private record Command(String name, List<Method> methods) {
        String summary() {
            return methods.stream()
                    .map(method -> method.getAnnotation(Descriptor.class))
                    .filter(descriptor -> descriptor != null)
                    .map(Descriptor::value)
                    .findFirst()
                    .orElse("");
        }
    }

    HelpCommand(BundleContext context) {
        this.context = context;
    }

    /**
     * Lists the commands of the platform.
     *
     * @param session the session to print to
     * @throws InvalidSyntaxException never
     */
    @Descriptor("Lists the commands.")
    public void help(CommandSession session) throws InvalidSyntaxException {
        Map<String, Command> commands = commands();
        commands.values().removeIf(HelpCommand::inner);
        int width = commands.keySet().stream().mapToInt(String::length).max().orElse(0);
        String previous = "";
        for (Command command : commands.values()) {
            if (!scope(command).equals(previous)) {
                previous = scope(command);
                session.getConsole().println();
            }
            session.getConsole()
                    .printf("  %-" + width + "s  %s%n", command.name(), command.summary());
        }
        session.getConsole()
                .printf(
                        "%nhelp COMMAND explains one; help all lists the container's own too (gogo,"
                                + " felix, scr).%n");
    }

    /**
     * Explains one command.
     *
     * @param session the session to print to
     * @param name the command with or without its scope, or {@code all} for a list of every command
     * @throws InvalidSyntaxException never
     */
    @Descriptor("Explains one command.")
    public void help(CommandSession session, @Descriptor("command, or all") String name)
            throws InvalidSyntaxException {
        Map<String, Command> commands = commands();
        if (name.equals("all")) {
            commands.keySet().forEach(session.getConsole()::println);
            return;
        }
        Command command =
                commands.values().stream()
                        .filter(c -> c.name().equals(name) || c.name().endsWith(":" + name))
                        .min((a, b) -> Boolean.compare(inner(a), inner(b)))
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "there is no command "
                                                        + name
                                                        + "; help lists them"));
        for (Method method : command.methods()) {
            session.getConsole().println(explain(command, method));
        }
    }

    /** The commands that {@link #help(CommandSession)} lists, for completion. */
    List<String> names() throws InvalidSyntaxException {
        return commands().values().stream().filter(c -> !inner(c)).map(Command::name).toList();
    }

    private static boolean inner(Command command) {
        return INNER_SCOPES.contains(scope(command));
    }

    private static String scope(Command command) {
        return command.name().substring(0, command.name().indexOf(':'));
    }

    private static String explain(Command command, Method method) {
        StringBuilder usage = new StringBuilder(command.name());
        StringBuilder details = new StringBuilder();
        Class<?>[] types = method.getParameterTypes();
        Annotation[][] annotations = method.getParameterAnnotations();
        for (int i = 0; i < types.length; i++) {
            if (types[i] == CommandSession.class) {
                continue;
            }
            Parameter option = find(annotations[i], Parameter.class);
            Descriptor text = find(annotations[i], Descriptor.class);
            String described = text == null ? "" : text.value();
            if (option == null) {
                String label = types[i].isArray() ? "ARG ..." : "ARG";
                usage.append(' ').append(described.isEmpty() ? label : "<" + described + ">");
            } else {
                boolean flag = !option.presentValue().equals(Parameter.UNSPECIFIED);
                String names = String.join(", ", option.names()) + (flag ? "" : " VALUE");
                usage.append(" [").append(option.names()[0]).append(flag ? "]" : " VALUE]");
                details.append(String.format(Locale.ROOT, "%n      %-24s %s", names, described));
                if (!flag && !option.absentValue().isEmpty()) {
                    details.append(" (default ").append(option.absentValue()).append(')');
                }
            }
        }
        Descriptor summary = method.getAnnotation(Descriptor.class);
        String what =
                summary == null ? "" : String.format(Locale.ROOT, "%n    %s", summary.value());
        return "  " + usage + what + details;
    }

    private static <T extends Annotation> T find(Annotation[] annotations, Class<T> type) {
        return Stream.of(annotations)
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElse(null);
    }

    private Map<String, Command> commands() throws InvalidSyntaxException {
        Map<String, Command> commands = new TreeMap<>();
        ServiceReference<?>[] references = context.getAllServiceReferences(null, FILTER);
        for (ServiceReference<?> reference :
                references == null ? new ServiceReference<?>[0] : references) {
            Object service = context.getService(reference);
            if (service == null) {
                continue;
            }
            String scope = String.valueOf(reference.getProperty(CommandProcessor.COMMAND_SCOPE));
            for (String function :
                    strings(reference.getProperty(CommandProcessor.COMMAND_FUNCTION))) {
                if (!function.startsWith("_")) {
                    String name = scope + ":" + function;
                    commands.put(name, new Command(name, methods(service, function)));
                }
            }
            context.ungetService(reference);
        }
        return commands;
    }

    private static List<Method> methods(Object service, String function) {
        List<Method> methods = new ArrayList<>();
        for (Method method : service.getClass().getMethods()) {
            String name = method.getName();
            boolean fits = name.equalsIgnoreCase(function) || name.equalsIgnoreCase("_" + function);
            if (fits && method.getDeclaringClass() != Object.class) {
                methods.add(method);
            }
        }
        methods.sort(Comparator.comparingInt(Method::getParameterCount));
        return methods;
    }

    private static List<String> strings(Object property) {
        return property instanceof String[]
                ? List.of((String[]) property)
                : List.of(property.toString());
    }
}

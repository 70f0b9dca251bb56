package org.interposer.tool.terminal;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.apache.felix.gogo.jline.Builtin;
import org.apache.felix.gogo.jline.Converters;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.gogo.jline.Procedural;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** The commands every session has: Gogo's control structures and file tools, help and exit. */
final class GogoCommands {
    private static final String[] BUILTIN = {
        "format",
        "getopt",
        "new",
        "set",
        "tac",
        "type",
        "jobs",
        "fg",
        "bg",
        "keymap",
        "setopt",
        "unsetopt",
        "complete",
        "history",
        "widget",
        "__files",
        "__directories",
        "__usage_completion"
    };
    private static final String[] PROCEDURAL = {
        "each", "if", "not", "throw", "try", "until", "while", "break", "continue"
    };
    private static final String[] POSIX = {
        "cat", "echo", "grep", "sort", "sleep", "cd", "pwd", "ls", "less", "watch", "nano", "head",
        "tail", "clear", "wc", "date", "ttop"
    };

    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
    private final ExitCommand exit = new ExitCommand();

    private GogoCommands() {}

    static GogoCommands register(BundleContext context, CommandProcessor processor) {
        GogoCommands commands = new GogoCommands();
        BundleContext system = context.getBundle(0).getBundleContext();
        commands.registrations.add(
                context.registerService(Converter.class, new Converters(system), null));
        commands.add(context, "gogo", new Builtin(), BUILTIN);
        commands.add(context, "gogo", new Procedural(), PROCEDURAL);
        commands.add(context, "gogo", new Posix(processor), POSIX);
        commands.add(context, "shell", commands.exit, "exit");
        HelpCommand help = new HelpCommand(context);
        commands.add(context, "shell", help, "help");
        Function names = (session, arguments) -> help.names();
        commands.add(context, "shell", names, "__commands");
        commands.add(context, "shell", new SourceCommand(), "source");
        return commands;
    }

    private void add(BundleContext context, String scope, Object target, String... functions) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(CommandProcessor.COMMAND_SCOPE, scope);
        properties.put(CommandProcessor.COMMAND_FUNCTION, functions);
        registrations.add(context.registerService(target.getClass().getName(), target, properties));
    }

    ExitCommand exit() {
        return exit;
    }

    void unregister() {
        registrations.forEach(ServiceRegistration::unregister);
        registrations.clear();
    }
}

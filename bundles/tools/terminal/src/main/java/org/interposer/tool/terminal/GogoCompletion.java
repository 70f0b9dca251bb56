package org.interposer.tool.terminal;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.felix.gogo.jline.Shell;
import org.apache.felix.service.command.CommandSession;
import org.jline.builtins.Completers.CompletionData;
import org.jline.builtins.Completers.CompletionEnvironment;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Tells JLine what the session's commands are and how their arguments are completed. */
final class GogoCompletion implements CompletionEnvironment {
    private final CommandSession session;

    GogoCompletion(CommandSession session) {
        this.session = session;
    }

    @Override
    public Map<String, List<CompletionData>> getCompletions() {
        return Shell.getCompletions(session);
    }

    @Override
    public Set<String> getCommands() {
        return Shell.getCommands(session);
    }

    @Override
    public String resolveCommand(String command) {
        if (command.indexOf(':') >= 0) {
            return command;
        }
        // Gogo's own resolve takes the last scope that fits, execution takes the first.
        Set<String> commands = getCommands();
        for (String scope : Sessions.SCOPES.split(":")) {
            if (commands.contains(scope + ":" + command)) {
                return scope + ":" + command;
            }
        }
        return commands.stream()
                .filter(name -> name.endsWith(":" + command))
                .findFirst()
                .orElse(command);
    }

    @Override
    public String commandName(String command) {
        return command.substring(command.indexOf(':') + 1);
    }

    @Override
    public Object evaluate(LineReader reader, ParsedLine line, String function) throws Exception {
        session.put(Shell.VAR_COMMAND_LINE, line);
        return session.execute(function);
    }
}

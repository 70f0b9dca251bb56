package org.interposer.tool.shell;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Services, configurations and a session without a container. */
final class FakeContainer {
    final List<Object> services = new CopyOnWriteArrayList<>();
    final Map<String, Dictionary<String, Object>> configurations = new LinkedHashMap<>();
    final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Path folder = Path.of("/");
    Consumer<String> updated = pid -> {};

    Services open() {
        return new Services() {
            @Override
            public <T> List<T> all(Class<T> type, String filter) {
                List<T> found = new ArrayList<>();
                services.stream().filter(type::isInstance).map(type::cast).forEach(found::add);
                return found;
            }

            @Override
            public void close() {}
        };
    }

    String output() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    CommandSession session() {
        PrintStream console = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return proxy(
                CommandSession.class,
                (name, arguments) ->
                        switch (name) {
                            case "getConsole" -> console;
                            case "currentDir" -> folder;
                            default -> null;
                        });
    }

    ConfigurationAdmin admin() {
        return proxy(
                ConfigurationAdmin.class,
                (name, arguments) ->
                        switch (name) {
                            case "getFactoryConfiguration" ->
                                    configuration((String) arguments[0], (String) arguments[1]);
                            case "listConfigurations" -> list((String) arguments[0]);
                            default -> throw new UnsupportedOperationException(name);
                        });
    }

    private Configuration[] list(String filter) throws Exception {
        List<Configuration> found = new ArrayList<>();
        for (Map.Entry<String, Dictionary<String, Object>> each : configurations.entrySet()) {
            if (FrameworkUtil.createFilter(filter).match(each.getValue())) {
                String[] pid = each.getKey().split("~", 2);
                found.add(configuration(pid[0], pid[1]));
            }
        }
        return found.isEmpty() ? null : found.toArray(Configuration[]::new);
    }

    @SuppressWarnings("unchecked")
    private Configuration configuration(String factoryPid, String instance) {
        String pid = factoryPid + "~" + instance;
        return proxy(
                Configuration.class,
                (name, arguments) -> {
                    switch (name) {
                        case "update", "updateIfDifferent" -> {
                            Dictionary<String, Object> properties =
                                    (Dictionary<String, Object>) arguments[0];
                            properties.put("service.pid", pid);
                            properties.put("service.factoryPid", factoryPid);
                            configurations.put(pid, properties);
                            updated.accept(pid);
                        }
                        case "delete" -> {
                            configurations.remove(pid);
                            services.clear();
                        }
                        case "getProperties" -> {
                            return Optional.ofNullable(configurations.get(pid))
                                    .orElseGet(Hashtable::new);
                        }
                        case "getFactoryPid" -> {
                            return factoryPid;
                        }
                        default -> throw new IOException(name);
                    }
                    return name.equals("updateIfDifferent") ? true : null;
                });
    }

    /** Answers calls by the method's name. */
    @FunctionalInterface
    interface Answer {
        Object to(String method, Object[] arguments) throws Throwable;
    }

    static <T> T proxy(Class<T> type, Answer answer) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) ->
                                switch (method.getName()) {
                                    case "equals" -> self == arguments[0];
                                    case "hashCode" -> System.identityHashCode(self);
                                    default -> answer.to(method.getName(), arguments);
                                }));
    }
}

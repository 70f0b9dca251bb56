package org.interposer.core.machine;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/** Configurations with the defaults of the metatype and what a test changes. */
final class Configs {
    private Configs() {}

    static MachineConfig config(Object... keysAndValues) {
        Map<String, Object> values = new HashMap<>();
        values.put("name", "demo");
        values.put("kernel", "/kernel");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return (MachineConfig)
                Proxy.newProxyInstance(
                        Configs.class.getClassLoader(),
                        new Class<?>[] {MachineConfig.class},
                        (self, method, arguments) ->
                                values.getOrDefault(method.getName(), method.getDefaultValue()));
    }

    static MachineSettings settings(Object... keysAndValues) {
        return MachineSettings.of(config(keysAndValues));
    }
}

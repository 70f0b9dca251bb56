package org.interposer.frontend.virtio.blk;

import java.lang.reflect.Proxy;

/** Configurations as the container makes them: what is not set has its default. */
final class Configs {
    private Configs() {}

    static BlkConfig of(String machine, String id, String... chain) {
        return (BlkConfig)
                Proxy.newProxyInstance(
                        BlkConfig.class.getClassLoader(),
                        new Class<?>[] {BlkConfig.class},
                        (proxy, method, args) ->
                                switch (method.getName()) {
                                    case "machine" -> machine;
                                    case "id" -> id;
                                    case "chain" -> chain;
                                    default -> method.getDefaultValue();
                                });
    }
}

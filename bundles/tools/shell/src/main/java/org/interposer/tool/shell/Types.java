package org.interposer.tool.shell;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.interposer.api.frontend.Frontend;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;

/**
 * The kinds of back-ends and interposers that the installed bundles offer: their components tell
 * what service they give, their metatype which keys they take.
 */
final class Types {
    /**
     * A kind.
     *
     * @param name short name, the last word of the factory PID
     * @param factoryPid its factory PID
     * @param text what it is
     * @param keys its keys
     */
    record Type(String name, String factoryPid, String text, Map<String, Key> keys) {}

    /** A key of a configuration: its type in metatype, whether it is a list, what it means. */
    record Key(String id, int type, boolean list, String text, Optional<String> standard) {}

    private static final String FRONTEND = "org.interposer.frontend.";

    private final BundleContext context;
    private final ServiceComponentRuntime components;
    private final MetaTypeService metatypes;

    Types(BundleContext context, ServiceComponentRuntime components, MetaTypeService metatypes) {
        this.context = context;
        this.components = components;
        this.metatypes = metatypes;
    }

    /** The kinds that offer a service, by name. */
    Map<String, Type> offering(Class<?> service) {
        Map<String, Type> types = new TreeMap<>();
        for (ComponentDescriptionDTO component : components.getComponentDescriptionDTOs()) {
            if (!"require".equals(component.configurationPolicy)
                    || !Arrays.asList(component.serviceInterfaces).contains(service.getName())) {
                continue;
            }
            for (String pid : component.configurationPid) {
                String name = pid.substring(pid.lastIndexOf('.') + 1);
                types.put(name, type(name, pid, component.bundle.id));
            }
        }
        return types;
    }

    /** The kinds of devices: {@code virtio-blk}, {@code testdev} … */
    Map<String, Type> frontends() {
        Map<String, Type> kinds = new TreeMap<>();
        for (Type type : offering(Frontend.class).values()) {
            if (type.factoryPid().startsWith(FRONTEND)) {
                String kind = type.factoryPid().substring(FRONTEND.length()).replace('.', '-');
                kinds.put(kind, type);
            }
        }
        return kinds;
    }

    private Type type(String name, String pid, long bundleId) {
        Map<String, Key> keys = new LinkedHashMap<>();
        Bundle bundle = context.getBundle(bundleId);
        String text = "";
        if (bundle != null && hasDefinition(bundle, pid)) {
            ObjectClassDefinition definition =
                    metatypes.getMetaTypeInformation(bundle).getObjectClassDefinition(pid, null);
            text = Optional.ofNullable(definition.getDescription()).orElse("");
            for (AttributeDefinition attribute :
                    definition.getAttributeDefinitions(ObjectClassDefinition.ALL)) {
                keys.put(attribute.getID(), key(attribute));
            }
        }
        return new Type(name, pid, text, keys);
    }

    private boolean hasDefinition(Bundle bundle, String pid) {
        return Arrays.asList(metatypes.getMetaTypeInformation(bundle).getFactoryPids())
                .contains(pid);
    }

    private static Key key(AttributeDefinition attribute) {
        String[] standard = attribute.getDefaultValue();
        return new Key(
                attribute.getID(),
                attribute.getType(),
                attribute.getCardinality() != 0,
                Optional.ofNullable(attribute.getDescription()).orElse(""),
                standard == null ? Optional.empty() : Optional.of(String.join(",", standard)));
    }

    /**
     * Reads {@code key=value} words; one word without a key is the path or the size, whichever the
     * kind has.
     *
     * @throws IllegalArgumentException naming the word, and the keys there are
     */
    static Map<String, Object> properties(Type type, List<String> words, Path folder) {
        Map<String, Object> properties = new TreeMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? bareKey(type, word) : word.substring(0, equals);
            Key key = type.keys().get(name);
            if (key == null) {
                throw new IllegalArgumentException(
                        String.format(
                                "'%s' has no key '%s'; %s%s",
                                type.name(),
                                name,
                                Names.list(type.keys().keySet()),
                                Names.nearest(name, type.keys().keySet())));
            }
            properties.put(name, value(key, word.substring(equals + 1), folder));
        }
        return properties;
    }

    private static String bareKey(Type type, String word) {
        List<String> bare = new ArrayList<>(List.of("path", "size"));
        bare.retainAll(type.keys().keySet());
        if (bare.isEmpty()) {
            throw new IllegalArgumentException(
                    String.format(
                            "'%s' is not KEY=VALUE; the keys of '%s': %s",
                            word, type.name(), Names.list(type.keys().keySet())));
        }
        return bare.get(0);
    }

    private static Object value(Key key, String text, Path folder) {
        if (key.list()) {
            return text.split("\\s*,\\s*");
        }
        if (key.id().equals("path") && !text.isEmpty()) {
            return folder.resolve(text).normalize().toString();
        }
        try {
            return switch (key.type()) {
                case AttributeDefinition.INTEGER -> Integer.decode(text);
                case AttributeDefinition.LONG -> Long.decode(text);
                case AttributeDefinition.BOOLEAN -> bool(key, text);
                default -> text;
            };
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    key.id() + " is '" + text + "', which is not a number", e);
        }
    }

    private static boolean bool(Key key, String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException(
                    key.id() + " is '" + text + "'; it is true or false");
        }
        return text.equals("true");
    }
}

package org.interposer.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** The distribution as a whole: every bundle is in it, starts, and keeps to its own. */
@InFelix
class DistributionIT {
    private static final String API = "org.interposer.api";
    private static final String RINGS = "org.interposer.frontend.virtio";

    @FromContainer private BundleContext context;
    @FromContainer private ServiceComponentRuntime components;

    @Test
    void everyBundleOfTheDistributionIsActive() {
        List<String> inactive = new ArrayList<>();
        Felix.ourBundles(context)
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                .forEach(
                        bundle -> inactive.add(bundle.getSymbolicName() + " " + bundle.getState()));
        assertEquals(List.of(), inactive);
    }

    @Test
    void everyBundleOfTheBuildIsInTheDistribution() throws Exception {
        Path bundles = Felix.home().resolve("../../../bundles").normalize();
        Set<String> built = new TreeSet<>();
        try (Stream<Path> files = Files.walk(bundles, 4)) {
            files.filter(file -> file.toString().matches(".*/target/org\\.interposer\\..*T\\.jar"))
                    .forEach(file -> built.add(file.getFileName().toString()));
        }
        Set<String> distributed = new TreeSet<>();
        try (Stream<Path> files = Files.list(Felix.home().resolve("bundles"))) {
            files.forEach(file -> distributed.add(file.getFileName().toString()));
        }
        assertFalse(built.isEmpty(), "no bundle found in " + bundles);
        assertEquals(built, distributed);
    }

    @Test
    void everyComponentThatNeedsNoConfigurationIsSatisfied() {
        List<String> unsatisfied = new ArrayList<>();
        for (ComponentDescriptionDTO component : components.getComponentDescriptionDTOs()) {
            if (!component.bundle.symbolicName.startsWith("org.interposer.")
                    || component.configurationPolicy.equals("require")) {
                continue;
            }
            Collection<ComponentConfigurationDTO> configurations =
                    components.getComponentConfigurationDTOs(component);
            if (configurations.isEmpty()) {
                unsatisfied.add(component.name + " has no instance");
            }
            configurations.stream()
                    .filter(instance -> !isSatisfied(instance))
                    .forEach(instance -> unsatisfied.add(component.name + reason(instance)));
        }
        assertEquals(List.of(), unsatisfied);
    }

    private static boolean isSatisfied(ComponentConfigurationDTO instance) {
        return instance.state == ComponentConfigurationDTO.SATISFIED
                || instance.state == ComponentConfigurationDTO.ACTIVE;
    }

    private static String reason(ComponentConfigurationDTO instance) {
        if (instance.failure != null) {
            return " failed: " + instance.failure;
        }
        StringBuilder missing = new StringBuilder(" misses");
        for (var reference : instance.unsatisfiedReferences) {
            missing.append(' ').append(reference.name);
        }
        return missing.toString();
    }

    @Test
    void aBundleIsWiredToTheApiAndToNoOtherBundleOfOurs() {
        List<String> forbidden = new ArrayList<>();
        Felix.ourBundles(context)
                .forEach(
                        bundle -> {
                            for (BundleWire wire :
                                    bundle.adapt(BundleWiring.class).getRequiredWires(null)) {
                                String from = bundle.getSymbolicName();
                                String to = wire.getProvider().getSymbolicName();
                                if (!mayUse(from, to)) {
                                    forbidden.add(from + " -> " + to);
                                }
                            }
                        });
        assertEquals(List.of(), forbidden);
    }

    /** The rule of the architecture: only the API, and the ring code for virtio devices. */
    private static boolean mayUse(String from, String to) {
        boolean ours = to.startsWith("org.interposer.");
        boolean virtioDevice = from.startsWith(RINGS + ".") && to.equals(RINGS);
        return !ours || to.equals(API) || to.equals(from) || virtioDevice;
    }
}

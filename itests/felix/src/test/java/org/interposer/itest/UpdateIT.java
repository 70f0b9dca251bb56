package org.interposer.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.wiring.FrameworkWiring;

/** Bundles come and go one by one while the others stay. */
@InFelix
class UpdateIT {
    @FromContainer private BundleContext context;

    @Test
    void everyBundleCanBeStoppedAndStartedAgain() throws Exception {
        List<Bundle> bundles = Felix.ourBundles(context).toList();
        for (Bundle bundle : bundles) {
            bundle.stop();
            bundle.start();
        }
        assertEquals(List.of(), inactive(bundles));
    }

    @Test
    void everyBundleCanBeUpdatedInPlaceFromItsJar() throws Exception {
        List<Bundle> bundles = Felix.ourBundles(context).toList();
        for (Bundle bundle : bundles) {
            Felix.update(bundle);
            refresh(bundle);
        }
        assertEquals(List.of(), inactive(bundles));
    }

    private void refresh(Bundle bundle) throws Exception {
        var refreshed = new CountDownLatch(1);
        FrameworkListener listener =
                event -> {
                    if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                        refreshed.countDown();
                    }
                };
        context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(List.of(bundle), listener);
        if (!refreshed.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("refresh of " + bundle + " did not end");
        }
    }

    private static List<String> inactive(List<Bundle> bundles) {
        List<String> inactive = new ArrayList<>();
        bundles.stream()
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE)
                .forEach(bundle -> inactive.add(bundle.getSymbolicName()));
        return inactive;
    }
}

package org.interposer.itest;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.slf4j.LoggerFactory;

/** Logging: SLF4J ends in the log file, and etc/logback.xml decides from which level on. */
@InFelix
class LoggingIT {
    @FromContainer private BundleContext context;

    @Test
    void aBundlesLinesFromItsLevelOnAreInTheLogFile() throws Exception {
        Path log = Path.of(context.getProperty("interposer.state"), "log", "interposer.log");
        LoggerFactory.getLogger("org.interposer.core.port").debug("too fine to be kept");
        LoggerFactory.getLogger("org.example.other").info("too fine for others");
        LoggerFactory.getLogger("org.interposer.core.port").info("held for {} ms", 12);
        Felix.await(
                Duration.ofSeconds(10),
                "the line is in " + log,
                () -> Files.exists(log) && Files.readString(log).contains("held for 12 ms"));
        assertFalse(Files.readString(log).contains("too fine"));
    }
}

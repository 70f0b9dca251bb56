package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.osgi.service.metatype.AttributeDefinition;

final class TypesTest {
    private static final Path FOLDER = Path.of("/srv");

    private static Types.Type file() {
        Map<String, Types.Key> keys = new LinkedHashMap<>();
        keys.put("path", key("path", AttributeDefinition.STRING));
        keys.put("direct", key("direct", AttributeDefinition.BOOLEAN));
        keys.put("threads", key("threads", AttributeDefinition.INTEGER));
        return new Types.Type("file", "x.file", "a file", keys);
    }

    private static Types.Key key(String id, int type) {
        return new Types.Key(id, type, false, "", Optional.empty());
    }

    @Test
    void wordsBecomeTypedPropertiesAndABareWordIsThePath() {
        assertEquals(
                Map.of("path", "/srv/b.img", "direct", true, "threads", 4),
                Types.properties(file(), List.of("b.img", "direct=true", "threads=4"), FOLDER));
    }

    @Test
    void wrongKeysAndValuesAreNamed() {
        wrong("dirct=true", "'file' has no key 'dirct'; there is direct, path, threads; did you");
        wrong("direct=yes", "direct is 'yes'; it is true or false");
        wrong("threads=many", "threads is 'many', which is not a number");
    }

    private static void wrong(String word, String expected) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Types.properties(file(), List.of(word), FOLDER))
                        .getMessage();
        assertTrue(message.startsWith(expected), message);
    }
}

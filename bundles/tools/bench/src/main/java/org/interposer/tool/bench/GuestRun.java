package org.interposer.tool.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.DoubleStream;

/** What a bare-metal guest printed: its {@code key=value} words, and whether it ended well. */
record GuestRun(String output) {

    /** The last value of a key. */
    double number(String key) {
        String value = words(output).get(key);
        if (value == null) {
            throw missing(key);
        }
        return Double.parseDouble(value);
    }

    /** The last value of a key, on lines that contain a word. */
    double number(String word, String key) {
        StringBuilder lines = new StringBuilder();
        output.lines().filter(l -> l.contains(word)).forEach(l -> lines.append(l).append('\n'));
        return new GuestRun(lines.toString()).number(key);
    }

    /** The largest value of a key, on lines that contain a word. */
    double most(String word, String key) {
        return numbers(word, key).max().orElseThrow(() -> missing(key));
    }

    /** The smallest value of a key, on lines that contain a word. */
    double least(String word, String key) {
        return numbers(word, key).min().orElseThrow(() -> missing(key));
    }

    private DoubleStream numbers(String word, String key) {
        return output.lines()
                .filter(l -> l.contains(word))
                .mapToDouble(l -> new GuestRun(l).number(key));
    }

    /** This, if the guest says that everything was right. */
    GuestRun checked(String who) {
        if (!output.contains("result=ok")) {
            throw new IllegalStateException(who + ": the guest failed; it printed:\n" + output);
        }
        return this;
    }

    private IllegalStateException missing(String key) {
        return new IllegalStateException(
                "the guest did not print '" + key + "'; it printed:\n" + output);
    }

    private static Map<String, String> words(String text) {
        Map<String, String> words = new HashMap<>();
        for (String word : text.split("\\s+")) {
            int at = word.indexOf('=');
            if (at > 0) {
                words.put(word.substring(0, at), word.substring(at + 1));
            }
        }
        return words;
    }
}

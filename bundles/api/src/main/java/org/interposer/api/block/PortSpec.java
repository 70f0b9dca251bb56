package org.interposer.api.block;

import java.util.List;

/**
 * A port as its front-end opens it.
 *
 * @param machine name of the machine
 * @param device id of the front-end
 * @param chain ids of the stages, from the front-end down; the last is the back-end
 * @param policy what to do when a stage disappears
 */
public record PortSpec(String machine, String device, List<String> chain, PortPolicy policy) {
    /** Copies the chain. */
    public PortSpec {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("the chain of " + device + " has no back-end");
        }
    }
}

package org.interposer.tool.shell;

import java.util.Map;

/** The kinds of devices that the installed bundles offer. */
@FunctionalInterface
interface DeviceKinds {
    /** By name. */
    Map<String, Types.Type> all();
}

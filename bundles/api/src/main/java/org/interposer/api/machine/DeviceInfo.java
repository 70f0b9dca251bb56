package org.interposer.api.machine;

/**
 * A device as listed for people.
 *
 * @param id its id
 * @param description its own line
 * @param realized plugged into the machine now
 */
public record DeviceInfo(String id, String description, boolean realized) {}

package org.interposer.core.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.PowerButton;
import org.interposer.api.machine.DeviceInfo;
import org.interposer.api.machine.MachineException;
import org.interposer.api.state.StateRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices of a running machine, in the order they were realized. A device that goes away leaves
 * its place and its state; no reference to the object is kept. Control thread only.
 */
final class DeviceSet {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceSet.class);

    private static final class Place {
        private final String id;
        private final UndoStack undo = new UndoStack();
        private String description;
        private Optional<Frontend> device;
        private Optional<StateRecord> state = Optional.empty();

        Place(Frontend device) {
            this.id = device.id();
            this.description = device.describe();
            this.device = Optional.of(device);
        }
    }

    private final MachineDeviceHost.Shared shared;
    private final List<Place> places = new ArrayList<>();

    DeviceSet(MachineDeviceHost.Shared shared) {
        this.shared = shared;
    }

    /** Plugs a device in. */
    void realize(Frontend device) throws MachineException {
        if (find(device.id()).isPresent()) {
            throw new MachineException(
                    String.format(
                            "machine '%s' has two devices with the id '%s'; give one another id",
                            shared.machine(), device.id()));
        }
        Place place = new Place(device);
        realize(place, device);
        places.add(place);
    }

    private void realize(Place place, Frontend device) throws MachineException {
        try {
            device.realize(new MachineDeviceHost(shared, place.id, place.undo));
        } catch (DeviceException | RuntimeException e) {
            place.undo.close();
            throw new MachineException(
                    String.format(
                            "machine '%s': device '%s': %s",
                            shared.machine(),
                            place.id,
                            e instanceof DeviceException ? e.getMessage() : e.toString()),
                    e);
        }
    }

    void reset() {
        present(Frontend::reset);
    }

    /**
     * Presses every power button there is.
     *
     * @throws MachineException when there is none
     */
    void pressPowerButton() throws MachineException {
        List<PowerButton> buttons = new ArrayList<>();
        present(
                device -> {
                    if (device instanceof PowerButton button) {
                        buttons.add(button);
                    }
                });
        if (buttons.isEmpty()) {
            throw new MachineException(
                    String.format(
                            "machine '%s' has no power button; vm:stop %s ends it",
                            shared.machine(), shared.machine()));
        }
        buttons.forEach(PowerButton::press);
    }

    void quiesce() {
        present(Frontend::quiesce);
    }

    void resume() {
        present(Frontend::resume);
    }

    /** Takes all out, the last first. */
    void unrealize() {
        for (int i = places.size() - 1; i >= 0; i--) {
            Place place = places.get(i);
            place.device.ifPresent(d -> unrealize(place, d));
            place.device = Optional.empty();
        }
        places.clear();
    }

    private void unrealize(Place place, Frontend device) {
        try {
            device.unrealize();
        } catch (RuntimeException e) {
            LOG.error("Machine '{}': unrealizing '{}' failed", shared.machine(), place.id, e);
        }
        place.undo.close();
    }

    private void present(Consumer<Frontend> action) {
        places.forEach(p -> p.device.ifPresent(action));
    }

    private Optional<Place> find(String id) {
        return places.stream().filter(p -> p.id.equals(id)).findFirst();
    }

    /** Whether this very object is plugged in. */
    boolean holds(Frontend device) {
        return places.stream().anyMatch(p -> p.device.filter(d -> d == device).isPresent());
    }

    /** Whether the machine waits for a device with this id. */
    boolean waitsFor(String id) {
        return find(id).filter(p -> p.device.isEmpty()).isPresent();
    }

    /** Ids of the devices the machine waits for. */
    List<String> absent() {
        return places.stream().filter(p -> p.device.isEmpty()).map(p -> p.id).toList();
    }

    /**
     * Keeps the state of a quiet device and takes it out.
     *
     * @throws MachineException when it cannot save its state; it is out nevertheless
     */
    void depart(Frontend device) throws MachineException {
        Place place = find(device.id()).orElseThrow();
        place.device = Optional.empty();
        try {
            place.state = Optional.of(device.save());
        } catch (RuntimeException e) {
            throw new MachineException(
                    String.format(
                            "machine '%s': device '%s' could not save its state when its bundle"
                                    + " stopped: %s",
                            shared.machine(), place.id, e),
                    e);
        } finally {
            unrealize(place, device);
        }
    }

    /**
     * Plugs the successors of all absent devices in, in the order of their places, so that each
     * finds the PCI slot of its predecessor free. The machine is paused; they are left quiet.
     *
     * @throws MachineException when one does not come up; it is out again and still waited for
     */
    void comeBack(List<Frontend> successors) throws MachineException {
        for (Place place : places) {
            if (place.device.isEmpty()) {
                Frontend device =
                        successors.stream()
                                .filter(s -> s.id().equals(place.id))
                                .findFirst()
                                .orElseThrow();
                comeBack(place, device);
            }
        }
    }

    private void comeBack(Place place, Frontend device) throws MachineException {
        realize(place, device);
        try {
            device.quiesce();
            place.state.ifPresent(device::restore);
        } catch (RuntimeException e) {
            unrealize(place, device);
            throw new MachineException(
                    String.format(
                            "machine '%s': device '%s' is back but does not take its state: %s;"
                                    + " install the bundle it had before",
                            shared.machine(), place.id, e.getMessage()),
                    e);
        }
        place.description = device.describe();
        place.device = Optional.of(device);
        place.state = Optional.empty();
    }

    /** Counts of all devices, with the device's id in front. */
    Map<String, Long> metrics() {
        Map<String, Long> metrics = new TreeMap<>();
        present(
                device ->
                        device.metrics()
                                .forEach((name, n) -> metrics.put(device.id() + "." + name, n)));
        return metrics;
    }

    /** For listings. */
    List<DeviceInfo> infos() {
        return places.stream()
                .map(
                        p ->
                                new DeviceInfo(
                                        p.id,
                                        p.device.map(Frontend::describe).orElse(p.description),
                                        p.device.isPresent()))
                .toList();
    }
}

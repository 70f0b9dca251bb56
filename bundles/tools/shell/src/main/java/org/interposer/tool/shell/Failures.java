package org.interposer.tool.shell;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** Why a configured component is not there. */
final class Failures {
    private final ServiceComponentRuntime runtime;

    Failures(ServiceComponentRuntime runtime) {
        this.runtime = runtime;
    }

    /** Whether a bundle that is started takes this factory PID. */
    boolean isKnown(String factoryPid) {
        return !components(factoryPid).isEmpty();
    }

    /** Whether the component of a configuration has failed for good. */
    boolean hasFailed(String factoryPid, String name) {
        return configured(factoryPid, name).filter(c -> c.failure != null).isPresent();
    }

    /** The reason, for people. */
    String reason(String factoryPid, String name) {
        if (!isKnown(factoryPid)) {
            return "no bundle takes configurations of "
                    + factoryPid
                    + "; install and start that bundle";
        }
        return configured(factoryPid, name)
                .map(Failures::describe)
                .orElse("it did not come up in time; see the log");
    }

    private Optional<ComponentConfigurationDTO> configured(String factoryPid, String name) {
        String pid = factoryPid + "~" + name;
        return components(factoryPid).stream()
                .flatMap(c -> runtime.getComponentConfigurationDTOs(c).stream())
                .filter(c -> pid.equals(String.valueOf(c.properties.get("service.pid"))))
                .findFirst();
    }

    private List<ComponentDescriptionDTO> components(String factoryPid) {
        return runtime.getComponentDescriptionDTOs().stream()
                .filter(c -> Arrays.asList(c.configurationPid).contains(factoryPid))
                .toList();
    }

    private static String describe(ComponentConfigurationDTO component) {
        if (component.unsatisfiedReferences != null && component.unsatisfiedReferences.length > 0) {
            String name = component.unsatisfiedReferences[0].name;
            return "it waits for the service '" + name + "'";
        }
        return Optional.ofNullable(component.failure)
                .map(Failures::message)
                .orElse("it did not come up in time; see the log");
    }

    /** The message of the last cause in a stack trace. */
    static String message(String trace) {
        List<String> lines = trace.lines().toList();
        String line =
                lines.stream()
                        .filter(l -> l.startsWith("Caused by: "))
                        .reduce((first, second) -> second)
                        .map(l -> l.substring("Caused by: ".length()))
                        .orElse(lines.isEmpty() ? "" : lines.get(0));
        return line.replaceFirst("^[\\w.$]+(Exception|Error): ", "");
    }
}

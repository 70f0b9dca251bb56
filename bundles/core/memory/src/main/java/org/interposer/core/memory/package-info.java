/**
 * Guest memory over memfd: regions, bounds-checked access, scatter/gather slices and dirty-page
 * tracking.
 */
package org.interposer.core.memory;

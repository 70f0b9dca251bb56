/**
 * The launcher: a plain Java program that starts Felix with the bundles of the distribution.
 *
 * <pre>
 *   bin/interposer -> Launcher -> StateDirectory   one process owns a state directory
 *                              -> Distribution     folders: system/NN, bundles, etc, deploy
 *                              -> Felix            bundles installed at their start levels
 *                              -> exit status      set by the terminal bundle, 0 otherwise
 * </pre>
 */
package org.interposer.runtime;

/** The port: admission, in-flight accounting, hold, drain and the atomic swap of a chain. */
package org.interposer.core.port;

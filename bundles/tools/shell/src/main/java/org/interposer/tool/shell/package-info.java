/** The shell commands over machines, chains, back-ends and engines. */
package org.interposer.tool.shell;

/**
 * The interposer of the tutorial: refuses writes to a range of sectors.
 *
 * <pre>
 * request → inside the range and writing? → fail
 *                      └ no → pass to the stage below
 * </pre>
 */
package org.interposer.tutorial.block.guard;

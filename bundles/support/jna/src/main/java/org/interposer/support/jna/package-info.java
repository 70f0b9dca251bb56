/**
 * What bundles with native methods need around JNA. No bundle exports this package: each bundle
 * that uses it carries a copy inside ({@code -conditionalpackage} in the root's pom), because
 * bundles do not import each other and the API has no libraries.
 */
package org.interposer.support.jna;

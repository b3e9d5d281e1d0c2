package dev.acktrace.format;

/**
 * Something of a policy that a format cannot say.
 *
 * @param widens whether what was written allows more than the policy
 * @param message what is lost, and what was written instead
 */
public record Loss(boolean widens, String message) {}

/** What VARIANT asks for. */
final class Settings {
  private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "plain");

  static final boolean DEFAULTS = VARIANT.equals("defaults");
  static final boolean DEFLATE = !VARIANT.equals("no-deflate");
  static final int MAX_OCTETS = 256 << 20;
}

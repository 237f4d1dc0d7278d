package dev.meshseal.cli;

/** The command {@code meshseal}. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(Meshseal.execute(Console.ofProcess(), arguments));
  }
}

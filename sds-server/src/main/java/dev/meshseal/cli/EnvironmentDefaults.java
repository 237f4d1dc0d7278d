package dev.meshseal.cli;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The value of an option that was not given: that of its variable, where it is set. */
final class EnvironmentDefaults implements IDefaultValueProvider {
  /** Variables of other commands and of the launcher. */
  static final Set<String> ELSEWHERE =
      Set.of(
          "MESHSEAL_ADMIN_TOKEN_FILE", "MESHSEAL_ADMIN_CA", "MESHSEAL_CACHE", "MESHSEAL_JAVA_OPTS");

  /** The variable of an option: {@code --renew-at} has {@code MESHSEAL_RENEW_AT}. */
  static String variable(String option) {
    return "MESHSEAL_" + option.replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    // Options that may be given more than once read their variables themselves.
    if (!(argument instanceof OptionSpec option) || option.isMultiValue()) {
      return null;
    }
    var value = System.getenv(variable(option.longestName()));
    return value == null || value.isEmpty() ? null : value;
  }
}
